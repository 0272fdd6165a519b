// A file system of its own in a file, whose power can be cut.
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { command } from './commands.ts';

/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: what was not made durable by now never reaches the disk. */
const cut = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack("I", 2))
`;

const waitMs = 20;
const maxWaits = 3000;

export class LoopDisk {
  readonly #scratch: string = mkdtempSync(join(tmpdir(), 'coffre-disk-'));
  readonly folder: string = join(this.#scratch, 'mounted');
  /** Attached once: a device that is attached anew at every mount may still be on its way out from the one before. */
  readonly #device: string;
  /** Also when the test's process ends in some other way. */
  readonly #onExit = (): void => this.remove();

  constructor(sizeMiB: number) {
    process.once('exit', this.#onExit);
    mkdirSync(this.folder);
    const image = join(this.#scratch, 'image');
    const descriptor = openSync(image, 'w');
    ftruncateSync(descriptor, sizeMiB * 1024 * 1024);
    closeSync(descriptor);
    command('mkfs.ext4', '-q', '-F', image);
    this.#device = command('losetup', '--find', '--show', image).trim();
    this.mount();
  }

  /** The kernel commits by itself every 30 s only: what a test finds again was made durable by the program. */
  mount(): void {
    command('mount', '-t', 'ext4', '-o', 'commit=30', this.#device, this.folder);
  }

  async unmount(): Promise<void> {
    command('umount', this.folder);
    // A mount namespace that somebody else made meanwhile has a copy of the mount, which keeps the file system as it is.
    const alive = `/sys/fs/ext4/${basename(this.#device)}`;
    for (let waits = 0; existsSync(alive); waits += 1) {
      assert.ok(waits < maxWaits, 'the file system is still mounted in another namespace');
      await sleep(waitMs);
    }
  }

  cutPower(): void {
    command('python3', '-c', cut, this.folder);
  }

  remove(): void {
    process.removeListener('exit', this.#onExit);
    // Lazily, in case something still holds it.
    spawnSync('umount', ['-l', this.folder]);
    spawnSync('losetup', ['--detach', this.#device]);
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}
