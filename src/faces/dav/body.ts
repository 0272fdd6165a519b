import type { IncomingMessage, ServerResponse } from 'node:http';
import { release } from '#base/bytes.ts';
import { pieceSizeBytes } from '#format/frame.ts';
import { throwAway } from '../content/throw-away.ts';
import type { Exchange } from './exchange.ts';
import { sendContinue } from './expectation.ts';
import { contentLengthOf, hasBody } from './headers.ts';
import { DavProblem } from './problem.ts';
import type { XmlElement } from './xml-element.ts';
import { parseXml } from './xml-read.ts';

const firstCapacityBytes: number = 64 * 1024;

/** The connection ended before the body did. Nobody is left to answer; whatever came is given up. */
export class CutOff extends Error {
  override name = 'CutOff';
}

/**
 * The body of a request in pieces of content, in bounded memory: at most one finished piece waits, and while it does the
 * connection is not read.
 */
export class BodyPieces {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #maxPieceBytes: number;
  readonly #declaredBytes: number | undefined;
  readonly #onData = (chunk: Uint8Array): void => this.#take(chunk);
  #receivedBytes = 0;
  #placedBytes = 0;
  #growing: Uint8Array | undefined;
  #filled = 0;
  #finished: Uint8Array[] = [];
  #state: 'open' | 'ended' | 'cut' = 'open';
  #wake: (() => void) | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, maxPieceBytes: number = pieceSizeBytes) {
    this.#request = request;
    this.#response = response;
    this.#maxPieceBytes = maxPieceBytes;
    this.#declaredBytes = contentLengthOf(request);
    request.on('data', this.#onData);
    request.on('end', () => this.#finish('ended'));
    request.on('error', () => this.#finish('cut'));
    request.on('close', () => this.#finish('cut'));
    // It may have been cut while somebody was asked for a password.
    if (request.destroyed) this.#state = 'cut';
    sendContinue(request, response);
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** A full piece, then a shorter last one, then undefined. @throws CutOff. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const piece = this.#finished.shift();
      if (piece !== undefined) {
        if (this.#finished.length === 0 && this.#state === 'open') this.#request.resume();
        return piece;
      }
      if (this.#state === 'ended') return this.#last();
      if (this.#state === 'cut') throw new CutOff('the connection ended before the body did');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Nobody wants the rest: what still comes is thrown away. */
  abandon(): void {
    this.#state = 'cut';
    this.#request.off('data', this.#onData);
    this.#growing = undefined;
    this.#finished = [];
    throwAway(this.#request, this.#response);
  }

  #take(chunk: Uint8Array): void {
    this.#receivedBytes += chunk.length;
    for (let at = 0; at < chunk.length; ) {
      const room = this.#room();
      const part = chunk.subarray(at, at + room.length - this.#filled);
      room.set(part, this.#filled);
      this.#filled += part.length;
      this.#placedBytes += part.length;
      at += part.length;
      if (this.#filled === this.#maxPieceBytes) {
        this.#finished.push(room);
        this.#growing = undefined;
        this.#filled = 0;
      }
    }
    // Node gives each part a buffer of its own, and nobody else listens.
    release(chunk);
    if (this.#finished.length > 0) {
      this.#request.pause();
      this.#rouse();
    }
  }

  /** Every piece has a buffer to itself, so that it can move to another thread without being copied. */
  #room(): Uint8Array {
    const room = this.#growing;
    if (room !== undefined && this.#filled < room.length) return room;
    const wanted =
      this.#declaredBytes === undefined
        ? Math.max(firstCapacityBytes, this.#filled * 4)
        : Math.max(this.#declaredBytes - this.#placedBytes + this.#filled, this.#filled + 1);
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#maxPieceBytes, wanted));
    if (room !== undefined) larger.set(room);
    this.#growing = larger;
    return larger;
  }

  #last(): Uint8Array | undefined {
    const room = this.#growing;
    if (room === undefined || this.#filled === 0) return undefined;
    const last = this.#filled === room.length ? room : Uint8Array.prototype.slice.call(room, 0, this.#filled);
    this.#growing = undefined;
    this.#filled = 0;
    return last;
  }

  #finish(state: 'ended' | 'cut'): void {
    if (this.#state === 'open') this.#state = state;
    this.#rouse();
  }

  #rouse(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

const maxXmlBytes: number = 1024 * 1024;

/** Undefined when there is no body. @throws DavProblem 400, 413, CutOff. */
export async function readXml(
  exchange: Pick<Exchange, 'headers' | 'request' | 'response'>,
): Promise<XmlElement | undefined> {
  if (!hasBody(exchange)) return undefined;
  if ((contentLengthOf(exchange) ?? 0) > maxXmlBytes) throw tooLarge();
  const body = new BodyPieces(exchange.request, exchange.response, maxXmlBytes);
  const first = await body.next();
  if (first === undefined) return undefined;
  if ((await body.next()) !== undefined) {
    body.abandon();
    throw tooLarge();
  }
  return parseXml(first);
}

function tooLarge(): DavProblem {
  return new DavProblem(
    413,
    'The body of the request is larger than 1 MiB. Nothing was changed; ask for less at once.',
  );
}
