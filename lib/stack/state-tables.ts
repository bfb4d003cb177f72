/** What Trivet remembers, laid out by lib/state/table-keys.ts. Losing it is survivable (adopt), but never by accident: nothing here is deleted with the stack. */
import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  Table,
  TableEncryption,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

const KEPT = {
  partitionKey: { name: 'pk', type: AttributeType.STRING },
  sortKey: { name: 'sk', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  encryption: TableEncryption.AWS_MANAGED,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  deletionProtection: true,
  removalPolicy: RemovalPolicy.RETAIN,
} satisfies TableProps;

export class StateTables extends Construct {
  /** Records, reverse links, checkpoints, tombstones; the sparse index `inbox` lists what waits for time or a person. */
  readonly state: Table;
  /** One item per record and round, gone after `historyDays`. */
  readonly history: Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.state = new Table(this, 'State', KEPT);
    // Keys only: the update of a record that waits then costs no write in the index.
    this.state.addGlobalSecondaryIndex({
      indexName: 'inbox',
      partitionKey: { name: 'ipk', type: AttributeType.STRING },
      sortKey: { name: 'isk', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    this.history = new Table(this, 'History', { ...KEPT, timeToLiveAttribute: 'ttl' });
  }
}
