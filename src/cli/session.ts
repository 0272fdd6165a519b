import type { z } from 'zod';
import { isFault } from '#base/fault.ts';
import { type VaultKind, vaultKinds } from '#format/instance-operations.ts';
import type { Control, ControlAnswer } from '#server/control-calls.ts';
import { ticketAnswer } from './answers.ts';
import type { Context } from './command.ts';
import { Failure, interrupted, usage } from './failure.ts';
import { withControl } from './link.ts';
import { type Proof, readProof } from './proof.ts';
import { visible } from './terminal.ts';
import { refusalOf } from './words.ts';

type Plain = Readonly<Record<string, unknown>>;

/** Content that can be read again from its beginning, when the proof had to be shown anew. */
export type ContentSource = () => AsyncIterable<Uint8Array>;

export type Content = Extract<ControlAnswer, { readonly kind: 'content' }>;

/** Asks without a proof. `what` is what the call is about, for messages. @throws Failure for a refusal. */
export async function ask<Value>(
  control: Control,
  command: string,
  args: Plain,
  what: string,
  schema: z.ZodType<Value>,
): Promise<Value> {
  return checked(await control.run({ command, args }), what, schema);
}

function checked<Value>(answer: ControlAnswer, what: string, schema: z.ZodType<Value>): Value {
  if (answer.kind === 'refused') throw refusalOf(answer.why, what, answer.waitMs);
  const parsed = schema.safeParse(answer.value);
  if (parsed.success) return parsed.data;
  throw new Failure(
    'unavailable',
    `${what}: the running server answered something else than this program expects.`,
    'is it of another release? restart it',
  );
}

/** An account that proved itself, and the one vault that the command is about. */
export class Session {
  readonly account: string;
  readonly #control: Control;
  readonly #proof: Proof;
  readonly #vault: VaultKind;
  readonly #stopping: AbortSignal;
  #ticket: Promise<string> | undefined;

  constructor(control: Control, account: string, proof: Proof, vault: VaultKind, stopping: AbortSignal) {
    this.#control = control;
    this.account = account;
    this.#proof = proof;
    this.#vault = vault;
    this.#stopping = stopping;
  }

  /** `what` is what the call is about, for messages. @throws Failure for a refusal, Fault. */
  async ask<Value>(
    command: string,
    args: Plain,
    what: string,
    schema: z.ZodType<Value>,
    content?: ContentSource,
  ): Promise<Value> {
    return checked(await this.#run(command, args, content), visible(what), schema);
  }

  async content(args: Plain, what: string): Promise<Content> {
    const answer = await this.#run('get', args);
    if (answer.kind === 'refused') throw refusalOf(answer.why, visible(what), answer.waitMs);
    if (answer.kind === 'content') return { ...answer, content: untilStopped(answer.content, this.#stopping) };
    throw new Failure('unavailable', `${visible(what)}: the running server sent no content.`);
  }

  /** A ticket ends when a credential of the account changes, or after a long pause: the proof is shown once more. */
  async #run(command: string, args: Plain, content?: ContentSource): Promise<ControlAnswer> {
    const used = this.#ticket ?? this.#unlock();
    const first = await this.#call(command, { ...args, ticket: await used }, content);
    if (first.kind !== 'refused' || first.why !== 'wrong-proof') return first;
    if (this.#ticket === used) this.#ticket = undefined;
    const fresh = this.#ticket ?? this.#unlock();
    return this.#call(command, { ...args, ticket: await fresh }, content);
  }

  #unlock(): Promise<string> {
    const ticket = ask(
      this.#control,
      'unlock',
      { name: this.account, ...this.#proof },
      visible(this.account),
      ticketAnswer,
    ).then((each) => each.ticket);
    this.#ticket = ticket;
    ticket.catch(() => {
      if (this.#ticket === ticket) this.#ticket = undefined;
    });
    return ticket;
  }

  async #call(command: string, args: Plain, source: ContentSource | undefined): Promise<ControlAnswer> {
    const call = { command, args: { vault: this.#vault, ...args } };
    if (source === undefined) return this.#control.run(call);
    const reading: { failed?: Error } = {};
    try {
      return await this.#control.run({ ...call, content: noting(untilStopped(source(), this.#stopping), reading) });
    } catch (error) {
      // A file that could not be read cuts the connection; the reason is the file.
      if (isFault(error, 'unavailable') && reading.failed !== undefined) throw reading.failed;
      throw error;
    }
  }
}

async function* noting(content: AsyncIterable<Uint8Array>, reading: { failed?: Error }): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (error) {
    if (error instanceof Error) reading.failed = error;
    throw error;
  }
}

/** Ctrl-C in the middle of a large file: what was not acknowledged is not kept. */
async function* untilStopped(content: AsyncIterable<Uint8Array>, stopping: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const part of content) {
    if (stopping.aborted) throw interrupted();
    yield part;
  }
}

/** `--vault`. @throws Failure `usage`. */
function vaultKind(context: Context): VaultKind {
  const [kind, ...others] = vaultKindsOf(context) ?? ['files' as const];
  if (kind === undefined || others.length > 0)
    throw usage(`This command is about one vault: --vault ${vaultKinds.join(' or ')}.`);
  return kind;
}

/** Several, with commas between them; undefined when the option is not there. */
export function vaultKindsOf(context: Context): readonly VaultKind[] | undefined {
  return context.args
    .text('vault')
    ?.split(',')
    .map((text) => {
      const kind = vaultKinds.find((each) => each === text);
      if (kind === undefined) throw usage(`There is no vault \`${text}\`.`, `vaults: ${vaultKinds.join(', ')}`);
      return kind;
    });
}

/** Reads the proof first, so that the data folder is not held while somebody types. */
export async function withSession<Result>(
  context: Context,
  account: string,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  // Commands about credentials are about no vault, or about several.
  const vault = context.args.takes('vault') && !context.args.takes('label') ? vaultKind(context) : 'files';
  const proof = await readProof(context, account);
  return withControl(context, (control) => work(new Session(control, account, proof, vault, context.stopping)));
}
