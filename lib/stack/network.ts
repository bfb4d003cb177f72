/**
 * Where pull and apply run. Trivet makes no VPC, NAT gateway or endpoint: a NAT alone costs more than
 * everything else here, so either the database is reached over the internet (TLS, verified) or the
 * user brings subnets that already have a way out.
 */
import { type IVpc, SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { NetworkConfig } from '../config/model.ts';

export type Placement = Pick<FunctionOptions, 'vpc' | 'vpcSubnets' | 'securityGroups'>;

/** Outside any VPC. The webhook function is always here: it needs no database. */
export const PUBLIC: Placement = {};

/** References by id only: nothing is looked up, so synthesis needs no account. */
export function placeFunctions(scope: Construct, network: NetworkConfig): Placement {
  if (network.kind === 'public') return PUBLIC;
  const place = new Construct(scope, 'Network');
  return {
    vpc: referVpc(place, network.vpcId, network.subnetIds),
    vpcSubnets: {
      subnets: network.subnetIds.map((id) => Subnet.fromSubnetId(place, id, id)),
    },
    securityGroups: network.securityGroupIds.map((id) =>
      SecurityGroup.fromSecurityGroupId(place, id, id, { mutable: false }),
    ),
  };
}

/** The CDK wants as many zones as subnets; their names are used nowhere. */
function referVpc(scope: Construct, vpcId: string, subnetIds: readonly string[]): IVpc {
  return Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId,
    availabilityZones: subnetIds.map((_, index) => `zone-${index}`),
    privateSubnetIds: [...subnetIds],
  });
}
