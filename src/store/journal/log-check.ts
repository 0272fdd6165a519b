import { Fault } from '#base/fault.ts';

/** https://www.sqlite.org/fileformat2.html#the_write_ahead_log */
const headerBytes = 32;
const frameHeaderBytes = 24;
const magicLittle = 0x377f0682;
const magicBig = 0x377f0683;

/**
 * SQLite takes the first frame of a log whose checksum is wrong for the end of it, which a power cut in the middle of a
 * commit makes so. A flipped bit does the same, and would silently take everything behind it. But a transaction starts
 * only after the one before was made durable: where two whole commits stand behind a bad frame, at least the first of
 * them was acknowledged. (With one commit there, a torn one and a damaged one look alike.)
 * @throws Fault `damaged`.
 */
export function checkLog(log: Uint8Array): void {
  if (log.length <= headerBytes) return;
  const view = new DataView(log.buffer, log.byteOffset, log.length);
  const magic = view.getUint32(0);
  const isLittle = magic === magicLittle;
  const sum = new Checksum(view, isLittle);
  sum.add(0, headerBytes - 8);
  // The header is written alone, and durable before the first frame: with frames behind it, it is whole.
  if ((!isLittle && magic !== magicBig) || !sum.equals(headerBytes - 8)) throw damaged();
  const frameBytes = frameHeaderBytes + view.getUint32(8);
  let isBroken = false;
  let commitsBehind = 0;
  for (let at = headerBytes; at + frameBytes <= log.length; at += frameBytes) {
    const isOfThisLog = view.getUint32(at + 8) === view.getUint32(16) && view.getUint32(at + 12) === view.getUint32(20);
    if (!isBroken) {
      sum.add(at, 8);
      sum.add(at + frameHeaderBytes, frameBytes - frameHeaderBytes);
      isBroken = !isOfThisLog || !sum.equals(at + 16);
    } else if (isOfThisLog && view.getUint32(at + 4) !== 0) {
      commitsBehind += 1;
    }
  }
  if (commitsBehind >= 2) throw damaged();
}

class Checksum {
  readonly #view: DataView;
  readonly #isLittle: boolean;
  #a = 0;
  #b = 0;

  constructor(view: DataView, isLittle: boolean) {
    this.#view = view;
    this.#isLittle = isLittle;
  }

  add(from: number, length: number): void {
    for (let at = from; at < from + length; at += 8) {
      this.#a = (this.#a + this.#view.getUint32(at, this.#isLittle) + this.#b) >>> 0;
      this.#b = (this.#b + this.#view.getUint32(at + 4, this.#isLittle) + this.#a) >>> 0;
    }
  }

  equals(at: number): boolean {
    return this.#a === this.#view.getUint32(at) && this.#b === this.#view.getUint32(at + 4);
  }
}

function damaged(): Fault {
  return new Fault(
    'damaged',
    'The log of the journal (journal.db-wal) is damaged, and acknowledged entries stand behind the damage. Nothing was ' +
      'changed. Keep a copy of the data folder as it is, then repair it from a copy.',
  );
}
