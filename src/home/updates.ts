import { z } from 'zod';
import { unreachable } from '#base/assert.ts';
import type { Clock } from '#base/clock.ts';
import { isFault } from '#base/fault.ts';
import type { Disk } from '#store/disk.ts';
import { ChainedLog, type LineHead } from './chained-log.ts';
import type { Images } from './images.ts';
import { readConfigs } from './openwrt/access.ts';
import type { RouterLink } from './openwrt/link.ts';
import { readStatus } from './openwrt/status.ts';
import { stageImage, startUpgrade } from './openwrt/upgrade.ts';
import { routerFolder } from './routers.ts';
import type { Snapshots } from './snapshots.ts';
import { readUpdate, removeUpdate, type UpdateFile, updateTexts, writeUpdate } from './update-file.ts';
import { readVerified } from './verified-images.ts';
import { TrustedKeys } from './verify-image.ts';

export type UpdateOutcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'waits'; readonly update: UpdateFile }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'kept' | 'taken-back'; readonly release: string };

interface UpdateEntry {
  readonly what: 'kept' | 'taken-back';
  readonly image: string;
  readonly release: string;
  readonly previous: { readonly image: string; readonly release: string } | null;
}

const entrySchema: z.ZodType<UpdateEntry> = z.object({
  what: z.enum(['kept', 'taken-back']),
  image: z.string(),
  release: z.string(),
  previous: z.object({ image: z.string(), release: z.string() }).nullable(),
});

const sessionSeconds = 3600;
/** Writing an image and starting it takes a router a few minutes. */
const installWithinMs = 600_000;

export interface UpdateParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly images: Images;
  readonly snapshots: Snapshots;
}

/** The updates of one router. The caller holds the lock of the folder. Nothing here needs a network but the one at home. */
export class Updates {
  readonly #parts: UpdateParts;
  readonly #link: RouterLink;
  readonly #router: string;
  readonly #history: ChainedLog<UpdateEntry>;

  constructor(parts: UpdateParts, link: RouterLink) {
    this.#parts = parts;
    this.#link = link;
    this.#router = link.router.name;
    this.#history = new ChainedLog(parts.disk, `${routerFolder(this.#router)}/updates.jsonl`, entrySchema, parts.clock);
  }

  history(): Promise<readonly (UpdateEntry & LineHead)[]> {
    return this.#history.read();
  }

  /** What would have to be agreed to; nothing is sent to the router. */
  async plan(image: string): Promise<UpdateOutcome> {
    const settled = await this.settle();
    if (settled.kind === 'waits' && isUnderWay(settled.update)) return settled;
    const verified = await this.#good(image);
    if (verified === undefined)
      return { kind: 'refused', why: 'the image was not verified, or its key is not trusted any more' };
    const { board, release: running } = await readStatus(this.#link);
    if (!verified.boards.includes(board)) return { kind: 'refused', why: `it is not for ${board}` };
    const previous = await this.#stored(running, board);
    const { release } = verified;
    const texts = updateTexts(this.#router, image, verified, previous);
    const after = (await this.history()).length;
    const update: UpdateFile = { version: 1, after, state: 'verified', image, release, texts, previous, deadlineMs: 0 };
    await this.#write(update);
    return { kind: 'waits', update };
  }

  /** To one text, by its hash; the update may go on when every one is agreed to. */
  async agree(hash: string): Promise<UpdateOutcome> {
    const update = await readUpdate(this.#parts.disk, this.#router);
    if (update === undefined) return { kind: 'none' };
    if (update.state !== 'verified' || !update.texts.some(({ sha256 }) => sha256.startsWith(hash)))
      return { kind: 'refused', why: 'this is not the hash of a text that waits' };
    const texts = update.texts.map((each) => (each.sha256.startsWith(hash) ? { ...each, isAgreed: true } : each));
    const state = texts.every(({ isAgreed }) => isAgreed) ? 'consented' : 'verified';
    const agreed: UpdateFile = { ...update, texts, state };
    await this.#write(agreed);
    return { kind: 'waits', update: agreed };
  }

  async install(): Promise<UpdateOutcome> {
    const settled = await this.settle();
    if (settled.kind !== 'waits') return settled;
    const { update } = settled;
    if (update.state !== 'consented') return settled;
    const verified = await this.#good(update.image);
    // What was agreed to is about this image and this list; with another key or another way back it is another text.
    const texts = verified === undefined ? [] : updateTexts(this.#router, update.image, verified, update.previous);
    if (
      texts.length === 0 ||
      !texts.every(({ sha256 }) => update.texts.some((each) => each.isAgreed && each.sha256 === sha256))
    )
      return { kind: 'refused', why: 'what was agreed to is not what would be installed' };
    await this.#parts.snapshots.take(this.#link, `before ${update.release}`);
    return await this.#flash(update, update.image, 'activated');
  }

  /** Stages and activates an image; the file says so before the router hears it. */
  async #flash(update: UpdateFile, image: string, state: 'activated' | 'taking-back'): Promise<UpdateOutcome> {
    const bytes = await this.#parts.images.bytes(image);
    const session = await this.#link.ownSession(sessionSeconds);
    if (state === 'activated') await this.#write({ ...update, state: 'staged' });
    const refused = await stageImage(this.#link.pinned, session, bytes, image);
    if (refused !== undefined) {
      await this.#write({ ...update, state: state === 'activated' ? 'consented' : state });
      return { kind: 'refused', why: refused };
    }
    const deadlineMs = this.#parts.clock.nowMs() + installWithinMs;
    const activated: UpdateFile = { ...update, state, deadlineMs };
    // Killed from here on: whether the router began is asked of the router.
    await this.#write(activated);
    const failed = await startUpgrade(this.#link.pinned, session);
    if (failed !== undefined) {
      await this.#write({ ...update, state: state === 'activated' ? 'consented' : state });
      return { kind: 'refused', why: failed };
    }
    return { kind: 'waits', update: activated };
  }

  /** Looks what became of it, and goes on or back. A router that is starting is looked at again. */
  async settle(): Promise<UpdateOutcome> {
    const update = await readUpdate(this.#parts.disk, this.#router);
    if (update === undefined) return { kind: 'none' };
    const ended = (await this.history())[update.after];
    // Killed between the two: it ended, as its owner was told or is told now.
    if (ended !== undefined) return await this.#close(update, ended.what);
    const isLate = this.#parts.clock.nowMs() >= update.deadlineMs;
    switch (update.state) {
      case 'verified':
      case 'consented':
        return { kind: 'waits', update };
      case 'staged':
        // It never was told to write it: what it holds in its memory goes with the next restart.
        return await this.#waits({ ...update, state: 'consented' });
      case 'activated': {
        const running = await this.#running();
        if (running === update.release) return await this.#waits({ ...update, state: 'healthy' });
        if (isLate && running !== undefined) return await this.#waits({ ...update, state: 'consented' });
        return { kind: 'waits', update };
      }
      case 'healthy':
        return isLate ? await this.#goBack(update) : { kind: 'waits', update };
      case 'taking-back': {
        const running = await this.#running();
        if (running === update.previous?.release) return await this.#end(update, 'taken-back');
        return isLate && running !== undefined ? await this.#goBack(update) : { kind: 'waits', update };
      }
      default:
        return unreachable(update.state);
    }
  }

  async confirm(): Promise<UpdateOutcome> {
    const settled = await this.settle();
    if (settled.kind !== 'waits') return settled;
    if (settled.update.state !== 'healthy') return settled;
    return await this.#end(settled.update, 'kept');
  }

  /** One command, offline, asks nobody: the image before, from the store. */
  async rollback(): Promise<UpdateOutcome> {
    const update = await readUpdate(this.#parts.disk, this.#router);
    if (update !== undefined) {
      if (update.state === 'activated' || update.state === 'healthy' || update.state === 'taking-back')
        return await this.#goBack(update);
      await removeUpdate(this.#parts.disk, this.#router);
    }
    const last = (await this.history()).at(-1);
    if (last?.what !== 'kept' || last.previous === null)
      return { kind: 'refused', why: 'no update was installed that one can go back from' };
    const { image, release, previous } = last;
    const after = (await this.history()).length;
    return await this.#goBack({
      version: 1,
      after,
      state: 'taking-back',
      image,
      release,
      texts: [],
      previous,
      deadlineMs: 0,
    });
  }

  async #goBack(update: UpdateFile): Promise<UpdateOutcome> {
    const { previous } = update;
    if (previous === null) return { kind: 'refused', why: 'the image that ran before is not in the store' };
    return await this.#flash({ ...update, state: 'taking-back' }, previous.image, 'taking-back');
  }

  /**
   * The release that runs, when everything on the home network answers; undefined while it does not.
   * @throws Fault `bad-key` when something else answers.
   */
  async #running(): Promise<string | undefined> {
    try {
      const { release } = await readStatus(this.#link);
      for (const name of readConfigs) await this.#link.config(name);
      return release;
    } catch (error) {
      if (isFault(error, 'unavailable')) return undefined;
      throw error;
    }
  }

  /** Verified once, by a key that is trusted still. */
  async #good(image: string): ReturnType<typeof readVerified> {
    const verified = await readVerified(this.#parts.disk, image);
    const key = verified === undefined ? undefined : await new TrustedKeys(this.#parts.disk).find(verified.key);
    return key === undefined ? undefined : verified;
  }

  /** A good image of this release, to go back to. */
  async #stored(release: string, board: string): Promise<UpdateFile['previous']> {
    for (const { sha256 } of await this.#parts.images.list()) {
      const verified = await this.#good(sha256);
      if (verified?.release === release && verified.boards.includes(board)) return { image: sha256, release };
    }
    return null;
  }

  async #waits(update: UpdateFile): Promise<UpdateOutcome> {
    await this.#write(update);
    return { kind: 'waits', update };
  }

  async #end(update: UpdateFile, what: UpdateEntry['what']): Promise<UpdateOutcome> {
    const { image, release, previous } = update;
    await this.#history.append({ what, image, release, previous });
    return await this.#close(update, what);
  }

  async #close({ release, previous }: UpdateFile, what: UpdateEntry['what']): Promise<UpdateOutcome> {
    await removeUpdate(this.#parts.disk, this.#router);
    return { kind: what, release: what === 'taken-back' ? (previous?.release ?? '') : release };
  }

  async #write(update: UpdateFile): Promise<void> {
    await writeUpdate(this.#parts.disk, this.#router, update);
  }
}

function isUnderWay({ state }: UpdateFile): boolean {
  return state !== 'verified' && state !== 'consented';
}
