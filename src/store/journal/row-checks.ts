import { assert } from '#base/assert.ts';
import type { EphemeralRow, PublicHeaderRow } from './journal.ts';

const maxEphemeralBytes = 1024 * 1024;
const maxPublicHeaderBytes = 4 * 1024 * 1024;
const maxIdBytes = 256;
const maxRowsPerRead = 10_000;
const ownKeys: ReadonlySet<string> = new Set(['format', 'reads', 'run']);

export function checkEphemeral(row: EphemeralRow): void {
  assert(Number.isSafeInteger(row.kind) && row.kind >= 0 && row.kind <= 255, 'the kind of a short-lived row is a byte');
  assert(row.id.length >= 1 && row.id.length <= maxIdBytes, 'the id of a short-lived row is empty or too long');
  assert(row.sealed.length <= maxEphemeralBytes, 'a short-lived row is too large');
  assert(Number.isSafeInteger(row.expiresMs), 'the end of a short-lived row is not an integer');
}

export function checkPublicHeader(row: PublicHeaderRow): void {
  assert(Number.isSafeInteger(row.number) && row.number >= 1, 'public headers count from 1');
  assert(row.bytes.length >= 1 && row.bytes.length <= maxPublicHeaderBytes, 'a public header is empty or too large');
}

export function checkMetaKey(key: string): void {
  assert(key.length >= 1 && key.length <= maxIdBytes, 'the key of a setting is empty or too long');
  assert(!ownKeys.has(key), `the setting ${key} is the journal's own`);
}

export function checkLimit(limit: number): void {
  assert(Number.isSafeInteger(limit) && limit >= 1 && limit <= maxRowsPerRead, 'a limit of rows is out of range');
}

export function checkPage(after: number, limit: number): void {
  assert(Number.isSafeInteger(after) && after >= 0, 'a sequence is out of range');
  checkLimit(limit);
}
