import type { NodeId } from '../../base/ids.ts';
import type { Piece } from '../../format/piece.ts';
import type { Listing, ReadPlan, VaultPort } from './port.ts';
import type { Path, Refused } from './types.ts';

/**
 * What of a vault the bearer of a link may see: one node and what is below it now. Paths begin at that node, and the vault
 * resolves them there in the same step in which it answers: what was moved out, trashed or stands beside is not found. Nothing
 * else of the vault can be asked through it.
 */
export class SharedPart {
  readonly #files: Pick<VaultPort, 'listBelow' | 'planBelow' | 'readPiece'>;
  readonly #node: NodeId;
  /** Only pieces that a plan of this part named are read. */
  readonly #planned = new WeakSet<Piece>();

  constructor(files: Pick<VaultPort, 'listBelow' | 'planBelow' | 'readPiece'>, node: NodeId) {
    this.#files = files;
    this.#node = node;
  }

  list(path: Path): Promise<Listing | undefined> {
    return this.#files.listBelow(this.#node, path);
  }

  async plan(path: Path): Promise<ReadPlan | Refused> {
    const plan = await this.#files.planBelow(this.#node, path);
    if (plan.kind === 'plan') for (const piece of plan.pieces) this.#planned.add(piece);
    return plan;
  }

  readPiece(piece: Piece): Promise<Uint8Array> {
    if (!this.#planned.has(piece)) throw new RangeError('a piece of no plan of this part');
    return this.#files.readPiece(piece);
  }
}
