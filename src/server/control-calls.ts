import type { Refusal } from '../vault/files/types.ts';

/** What a control command answers. The command line is the only caller: in the same process, or over the local socket. */
export type ControlAnswer =
  | { readonly kind: 'done'; readonly value: unknown }
  | {
      readonly kind: 'content';
      readonly value: unknown;
      readonly sizeBytes: number;
      readonly content: AsyncIterable<Uint8Array>;
    }
  | { readonly kind: 'refused'; readonly why: ControlRefusal; readonly waitMs?: number };

export type ControlRefusal =
  | Refusal
  | 'no-signing-key'
  | 'wrong-proof'
  | 'too-many-guesses'
  | 'no-such-account'
  | 'no-such-vault'
  | 'no-such-app-password'
  | 'not-a-kit'
  | 'not-a-recipient'
  | 'upgrade-needed'
  | 'wrong-kit'
  | 'bad-password'
  | 'bad-label'
  | 'too-many'
  | 'bad-arguments'
  | 'not-in-trash'
  | 'no-such-copy'
  | 'foreign-copy'
  | 'copy-without-marker'
  | 'inside-the-data'
  | 'label-taken'
  | 'too-many-copies'
  | 'lock-not-kept'
  | 'no-such-deletion';

export interface ControlCall {
  readonly command: string;
  readonly args: unknown;
  readonly content?: AsyncIterable<Uint8Array>;
}

/** Answers one call. @throws Fault. */
export interface Control {
  run(call: ControlCall): Promise<ControlAnswer>;
}

/** An instant of a vault: an entry, or a time as it was observed. */
export type When = { readonly sequence: number } | { readonly timeMs: number };
