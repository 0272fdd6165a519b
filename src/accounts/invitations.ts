import { concat, utf8 } from '../base/bytes.ts';
import { sha256 } from '../crypto/primitives.ts';
import { appPasswordBytes, decodeAppPassword, encodeAppPassword } from '../format/app-password.ts';
import { invitationRow } from '../vault/ephemeral.ts';
import { type CreateAccountResult, createAccount } from './account-commands.ts';
import type { Instance } from './instance.ts';

/** Somebody may make an account of their own; the operator who made the link never knows its password or kit. */
export interface Invitation {
  readonly id: Uint8Array;
  /** For the operator's list. */
  readonly label: string;
  readonly createdMs: number;
  readonly endsMs: number;
  readonly quotaBytes: number | undefined;
}

const lastsMs: number = 7 * 24 * 3600_000;
const maxOpen = 100;

/** The token of the link opens one account, and is not stored. */
function idOf(token: Uint8Array): Uint8Array {
  return sha256(concat(utf8('invitation'), token)).slice(0, 16);
}

export async function openInvitations(instance: Instance): Promise<readonly Invitation[]> {
  const all = await allInvitations(instance);
  return all.filter((each) => !isOver(instance, each)).toSorted((one, other) => one.createdMs - other.createdMs);
}

function isOver(instance: Instance, { endsMs }: Invitation): boolean {
  return endsMs <= instance.parts.clock.nowMs();
}

async function allInvitations(instance: Instance): Promise<readonly Invitation[]> {
  return (await instance.rows(invitationRow)).map(({ id, fields }) => ({
    id,
    label: fields.text('label'),
    createdMs: fields.count('created'),
    endsMs: fields.count('ends'),
    quotaBytes: fields.has('quota') ? fields.count('quota') : undefined,
  }));
}

/** Undefined when there are too many that wait. */
export async function invite(
  instance: Instance,
  label: string,
  quotaBytes: number | undefined,
): Promise<{ readonly token: string; readonly endsMs: number } | undefined> {
  for (const each of await allInvitations(instance))
    if (isOver(instance, each)) await withdrawInvitation(instance, each.id);
  if ((await allInvitations(instance)).length >= maxOpen) return undefined;
  const token = instance.parts.random.bytes(appPasswordBytes);
  const created = instance.parts.clock.nowMs();
  const ends = created + lastsMs;
  const value = { label, created, ends, ...(quotaBytes !== undefined && { quota: quotaBytes }) };
  await instance.putRow(invitationRow, idOf(token), value, ends);
  return { token: encodeAppPassword(token), endsMs: ends };
}

/** Undefined for one that never was, was used, was withdrawn or is over. */
export async function invitationOf(instance: Instance, token: string): Promise<Invitation | undefined> {
  const bytes = decodeAppPassword(token);
  if (bytes === undefined) return undefined;
  const id = Buffer.from(idOf(bytes));
  return (await openInvitations(instance)).find((each) => id.equals(each.id));
}

export async function withdrawInvitation(instance: Instance, id: Uint8Array): Promise<void> {
  await instance.removeRow(invitationRow, id);
}

/** Crash after the account was made: the link makes another one. */
export async function acceptInvitation(
  instance: Instance,
  invitation: Invitation,
  person: { readonly name: string; readonly password: string; readonly agreesToEscrow: boolean },
): Promise<CreateAccountResult> {
  const made = await createAccount(instance, person.name, person.password, person.agreesToEscrow);
  if (made.kind !== 'created') return made;
  const { quotaBytes } = invitation;
  if (quotaBytes !== undefined)
    await instance.change(undefined, () => [{ o: 'quota', account: made.account.id, quotaBytes }]);
  await withdrawInvitation(instance, invitation.id);
  return made;
}
