import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, it } from 'node:test';
import { fateOfFolder, type SystemFolders } from './folder-fate.ts';

const scratch = mkdtempSync(join(tmpdir(), 'folder-fate-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** What Linux would tell, as files of our own; `device` is the number of the disk below the scratch folder. */
class System {
  readonly sys: string = mkdtempSync(join(scratch, 'sys-'));
  readonly folders: SystemFolders = { sys: this.sys, mountinfo: join(this.sys, 'mountinfo') };

  constructor(mountinfo = '') {
    mkdirSync(join(this.sys, 'dev', 'block'), { recursive: true });
    writeFileSync(this.folders.mountinfo, mountinfo);
  }

  device(number: string, path: string, files: Readonly<Record<string, string>>): void {
    const folder = join(this.sys, 'devices', path);
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries({ dev: number, ...files })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), `${text}\n`);
    }
    symlinkSync(folder, join(this.sys, 'dev', 'block', number));
  }

  fate(): Promise<string> {
    return fateOfFolder(scratch, this.folders);
  }
}

const here = (await new System().fate()).replace('device ', '');

it('two partitions of one disk, also encrypted ones, are one fate', async () => {
  const plain = new System();
  plain.device('8:0', 'sda', { 'device/wwid': 'naa.5000c500' });
  plain.device(here, 'sda/sda1', { partition: '1' });
  assert.equal(await plain.fate(), 'disk naa.5000c500');
  const encrypted = new System();
  encrypted.device('8:0', 'sda', { 'device/wwid': 'naa.5000c500' });
  encrypted.device('8:2', 'sda/sda2', { partition: '2' });
  encrypted.device(here, 'virtual/dm-0', { 'slaves/sda2/dev': '8:2' });
  assert.equal(await encrypted.fate(), 'disk naa.5000c500');
});

it('a set of disks is told by all of them', async () => {
  const system = new System();
  system.device('8:16', 'sdb', { serial: 'B' });
  system.device('8:0', 'sda', { serial: 'A' });
  system.device(here, 'virtual/md0', { 'slaves/sdb/dev': '8:16', 'slaves/sda/dev': '8:0' });
  assert.equal(await system.fate(), 'disk A + disk B');
});

it('a disk without an id is told by its number', async () => {
  const system = new System();
  system.device(here, 'vda', {});
  assert.equal(await system.fate(), `disk ${here}`);
});

it('a loop file shares the fate of the disk that it lies on', async () => {
  const system = new System();
  // The folder of the backing file lies on the same number here, so that going down has to end by itself.
  system.device(here, 'virtual/loop0', { 'loop/backing_file': join(scratch, 'image') });
  assert.equal(await system.fate(), `device ${here}`);
});

it('everything mounted from one machine is one fate', async () => {
  const fateOf = (type: string, source: string): Promise<string> =>
    new System(
      `22 1 0:5 / / rw - overlay overlay rw\n36 22 0:40 / ${scratch} rw shared:1 - ${type} ${source} rw\n`,
    ).fate();
  assert.equal(await fateOf('nfs4', 'nas.home:/volume1/copies'), 'host nas.home');
  assert.equal(await fateOf('cifs', '//NAS.home/copies'), 'host nas.home');
  assert.equal(await fateOf('fuse.sshfs', 'me@nas.home:/copies'), 'host nas.home');
  assert.equal(await fateOf('nfs', '[fd00::1]:/copies'), 'host [fd00::1]');
  assert.equal(await fateOf('davfs', 'https://nas.home/dav'), 'host nas.home');
  assert.equal(await fateOf('tmpfs', 'tmpfs'), 'memory of this machine');
  assert.equal(await fateOf('zfs', 'tank/copies'), `zfs tank/copies ${here}`);
});

it('the mount nearest to the folder counts, also with a space in its name, and the last one on top', async () => {
  const folder = join(scratch, 'two words');
  mkdirSync(folder);
  const mountinfo = [
    `36 22 0:40 / ${scratch} rw - nfs far:/a rw`,
    `37 22 0:41 / ${scratch}/two rw - nfs wrong:/a rw`,
    `38 22 0:42 / ${scratch}/two\\040words rw - nfs below:/a rw`,
    `39 22 0:43 / ${scratch}/two\\040words rw - nfs near:/a rw`,
    '',
  ].join('\n');
  assert.equal(await fateOfFolder(folder, new System(mountinfo).folders), 'host near');
});

it('two folders of this machine share their fate', async () => {
  mkdirSync(join(scratch, 'a'));
  mkdirSync(join(scratch, 'b'));
  const fate = await fateOfFolder(join(scratch, 'a'));
  assert.equal(fate, await fateOfFolder(join(scratch, 'b')));
  assert.match(fate, /./);
});
