// Two people on one real server, in a folder of its own.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { present } from '#base/assert.ts';
import { answerOf, makeAccount, type TestAccount, withControl, withLocalCore } from '../support/account.ts';
import { DavClient } from '../support/dav-client.ts';
import { restart, startServer, type TestServer } from '../support/server.ts';

export interface Household {
  readonly scratch: string;
  readonly dataFolder: string;
  readonly server: TestServer;
  readonly alice: TestAccount;
  readonly bob: TestAccount;
  /** After the server ended; what it was made with stays. @param port where it was, for a browser that stayed there. */
  restart(port?: string): Promise<TestServer>;
  discard(): Promise<void>;
}

/** Alice also runs the instance. The accounts are made before the server starts: that is faster, because guesses need not be slow then. */
export async function startHousehold(): Promise<Household> {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-e2e-'));
  const dataFolder = join(scratch, 'data');
  try {
    const alice = await makeAccount(dataFolder, 'alice');
    const bob = await makeAccount(dataFolder, 'bob');
    await withLocalCore(dataFolder, ({ instance }) => {
      const account = present(instance.view.accountNamed('alice'), 'alice').id;
      return instance.change(undefined, () => [{ o: 'operator', account, isOperator: true }]);
    });
    let server = await startServer({ dataFolder, account: alice });
    const again = async (port = '0'): Promise<TestServer> => {
      server = await restart(server, { port });
      return server;
    };
    const discard = async (): Promise<void> => {
      await server.discard();
      rmSync(scratch, { recursive: true, force: true });
    };
    return { scratch, dataFolder, server, alice, bob, restart: again, discard };
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    throw error;
  }
}

export function clientOf(url: string, account: TestAccount, vault = 'files'): DavClient {
  return new DavClient(url, account.name, account.appPassword, vault);
}

/** A further app password, and its id. */
export function newAppPassword(
  dataFolder: string,
  account: TestAccount,
  label: string,
  vaults: readonly string[],
): Promise<{ readonly credential: string; readonly appPassword: string }> {
  return withControl(dataFolder, async (control) => {
    const ticket = await ticketOf(dataFolder, account);
    return answerOf(control, 'app-password.create', { ticket, label, vaults });
  });
}

/** A ticket of the running server, proven with the kit: a password would be slow on purpose. */
export function ticketOf(dataFolder: string, { name, kit }: TestAccount): Promise<string> {
  return withControl(dataFolder, async (control) => {
    const { ticket } = await answerOf<{ readonly ticket: string }>(control, 'unlock', { name, kit });
    return ticket;
  });
}

/** Everything in a vault as a person sees it: each path with its ETag, and each file with the SHA-256 of what it holds. */
export async function treeOf(client: DavClient, folder = ''): Promise<readonly string[]> {
  const entries = await client.list(folder);
  if (entries === undefined) throw new Error(`there is no folder ${folder}`);
  const lines: string[] = [];
  for (const { name, isFolder } of entries) {
    const path = folder === '' ? name : `${folder}/${name}`;
    if (isFolder) {
      lines.push(`${path}/`, ...(await treeOf(client, path)));
      continue;
    }
    const { status, headers, body } = await client.get(path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.toString()}`);
    lines.push(`${path} ${headers.etag ?? ''} ${createHash('sha256').update(body).digest('hex')}`);
  }
  return lines.sort();
}
