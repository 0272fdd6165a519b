/** What the server tells of its copies; operators and owners are shown parts of it (endpoints/safe.ts). */
export interface CopiesStatus {
  readonly copies: readonly CopyStatus[];
  readonly counting: number;
  readonly withTheData: number;
  readonly primary: CopyProof;
}

export interface CopyStatus {
  readonly copy: string;
  readonly label: string;
  readonly place: string;
  readonly country: string | null;
  readonly state: 'whole' | 'following' | 'waiting' | 'paused' | 'unreachable';
  readonly problem: string | null;
  readonly lastWholeMs: number | null;
  readonly freeBytes: number | null;
  readonly lagBytes: number;
  readonly proof: CopyProof;
}

export interface CopyProof {
  readonly provenMs: number | null;
  readonly round: { readonly done: number } | null;
  readonly drilled: {
    readonly toMs: number;
    readonly restoreMs: number;
    readonly sizeBytes: number;
    readonly missingEntries: number;
    readonly missingChunks: number;
  } | null;
  readonly damaged: number;
  readonly overdue: readonly string[];
}

interface NewCopy {
  readonly place: string;
  readonly label: string;
  readonly country?: string | undefined;
  readonly region?: string | undefined;
  readonly lock?: { readonly mode: 'COMPLIANCE' | 'GOVERNANCE'; readonly retentionMs: number } | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

export type CopyRefusal =
  | 'bad-arguments'
  | 'inside-the-data'
  | 'too-many-copies'
  | 'lock-not-kept'
  | 'foreign-copy'
  | 'copy-without-marker'
  | 'label-taken';

type AddCopyResult =
  | {
      readonly kind: 'added';
      readonly copy: string;
      readonly isTakenUp: boolean;
      readonly sharesFateWithData: boolean;
    }
  | { readonly kind: 'refused'; readonly why: CopyRefusal };

/** The copies of the instance, as the server keeps them. */
export interface CopiesPart {
  status(): Promise<CopiesStatus>;
  /** @throws Fault `unavailable` when the place is not there. */
  add(copy: NewCopy): Promise<AddCopyResult>;
}
