/**
 * What a user writes, as types: `lib/config/schema.ts` says the same to whoever has no compiler, and has the words of
 * the reference page. Column names come from the table's row type, app fields from the connector.
 */
import type { ComputeValue, OnAppDelete, OnCrmDelete, Owner, Policy } from '../engine/model.ts';
import type { FieldType } from '../engine/value.ts';
import type { BrakesInput } from './brakes.ts';
import type { AnyFields, AppConfig, CrmConfig } from './model.ts';
import type { SweepInput } from './sweep.ts';
import type { ModifiedInput } from './modified.ts';
import type { AnyRow, ColumnOf, RowView, TypesFor } from './row-types.ts';

/** An app field with a type it can hold (by `Types`, also the column). */
type Mapped<Fields extends AnyFields, Types extends string> = {
  readonly [P in keyof Fields & string]: {
    /** The app's field, e.g. `merge_fields.FNAME`. */
    readonly app: P;
    readonly type: FieldType<Fields[P] & Types>;
  };
}[keyof Fields & string];

export type FieldInput<
  Fields extends AnyFields = AnyFields,
  Types extends string = string,
> = Mapped<Fields, Types> & {
  readonly owner: Owner;
  /** What settles an edit at both ends of a shared field. @default 'manual' ('union' for tags) */
  readonly onConflict?: Policy;
  /** At first meeting an empty value of the owner erases the other end's. @default false */
  readonly adoptEmpty?: boolean;
  /** Only a keyed digest of its values is kept in state and history. @default the values are kept */
  readonly pii?: 'digest';
};

/** A field no column is behind: CRM → app only. */
export type ComputedInput<Row = AnyRow, Fields extends AnyFields = AnyFields> = Mapped<
  Fields,
  string
> & {
  /** Makes the value of the row. What it throws parks this field of that record, with the reason. */
  readonly from: (row: RowView<Row>) => ReturnType<ComputeValue>;
  /** Columns `from` reads besides the mapped ones. */
  readonly reads?: readonly ColumnOf<Row>[];
  /** At first meeting nothing computed erases what the app has. @default false */
  readonly adoptEmpty?: boolean;
};

export interface SyncInput<
  Row = AnyRow,
  Fields extends AnyFields = AnyFields,
  Table extends string = string,
  App extends string = string,
> {
  /** @default `<table>-<app>` */
  readonly name?: string;
  /** `contacts`, or `crm.contacts` in another schema. */
  readonly table: Table;
  readonly key: ColumnOf<Row> | readonly ColumnOf<Row>[];
  readonly app: App;
  /** The column and the app's field that name a person, unique on both sides. */
  readonly match: { readonly [C in ColumnOf<Row>]?: keyof Fields & string };
  /** Rows this app shall have. @default all */
  readonly include?: (row: RowView<Row>) => boolean;
  /** Columns `include` reads besides the mapped ones. */
  readonly reads?: readonly ColumnOf<Row>[];
  readonly fields: { readonly [C in ColumnOf<Row>]?: FieldInput<Fields, TypesFor<Row[C]>> };
  /** The column that says when a row was written; needed where `capture` is 'timestamp', and only read there. */
  readonly modified?: ModifiedInput<ColumnOf<Row>>;
  /** Fields made of the row, by a name of their own. */
  readonly computed?: Readonly<Record<string, ComputedInput<Row, Fields>>>;
  /** Where records without a partner are made. @default 'both'; 'app' where the app shows nobody */
  readonly create?: 'both' | 'app' | 'crm' | 'none';
  /** @default 'archive' */
  readonly onCrmDelete?: OnCrmDelete;
  /** @default 'leave' */
  readonly onAppDelete?: OnAppDelete;
  /** What `onAppDelete: 'mark'` writes: `{ email_status: 'archived' }`. */
  readonly mark?: { readonly [C in ColumnOf<Row>]?: string };
  /** Fixed when the sync is first deployed. @default 4; 1 where the app is only listed, or shows nobody */
  readonly lanes?: number;
  /** How often EventBridge rings, minutes. @default 1; 5 where the app shows nobody, so that changes gather */
  readonly everyMinutes?: number;
  /** False: it reads and judges, and writes nothing to either end; `trivet status` shows what it would do. @default true */
  readonly write?: boolean;
  /** How often everything is compared: 'P1D', 'PT6H'; false: only when asked. @default 'P1D' */
  readonly sweep?: SweepInput;
  /** How much may be done at once before a person is asked. @default ten people taken away in a run, none in the sandbox */
  readonly brakes?: BrakesInput;
}

type FieldsOf<App> = App extends AppConfig<infer Fields> ? Fields : AnyFields;

/** One sync of any table with any app: the compiler finds which by `table` and `app`. */
type AnySync<T, Apps> = {
  readonly [Table in keyof T & string]: {
    readonly [App in keyof Apps & string]: SyncInput<T[Table], FieldsOf<Apps[App]>, Table, App>;
  }[keyof Apps & string];
}[keyof T & string];

export interface TrivetInput<T, Apps extends Readonly<Record<string, AppConfig>>> {
  readonly crm: CrmConfig<T>;
  readonly apps: Apps;
  readonly syncs: readonly AnySync<NoInfer<T>, NoInfer<Apps>>[];
  /** Days a decision stays in history. @default 90 */
  readonly historyDays?: number;
}
