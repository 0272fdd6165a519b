// Every file of vectors and what makes it.

import { passkeyVectors } from './build-accounts.ts';
import { chunkVectors } from './build-content.ts';
import { copyVectors } from './build-copy.ts';
import {
  entryVectors,
  fileOperationVectors,
  instanceOperationVectors,
  newerFileOperationVectors,
} from './build-journal.ts';
import { boxVectors, credentialVectors, wrapVectors } from './build-keys.ts';
import { checkpointVectors, ephemeralVectors, headVectors, publicHeaderVectors, traceVectors } from './build-rest.ts';
import { depositOperationVectors, linkVectors, newerInstanceOperationVectors } from './build-sharing.ts';
import type { Json } from './values.ts';

export const vectorFiles: Readonly<Record<string, () => Json | Promise<Json>>> = {
  'box.json': boxVectors,
  'checkpoint.json': checkpointVectors,
  'chunk.json': chunkVectors,
  'copy.json': copyVectors,
  'credential.json': credentialVectors,
  'entry.json': entryVectors,
  'ephemeral.json': ephemeralVectors,
  'heads.json': headVectors,
  'instance-operations-3.json': newerInstanceOperationVectors,
  'instance-operations.json': instanceOperationVectors,
  'links.json': linkVectors,
  'operations-3.json': newerFileOperationVectors,
  'operations-deposit.json': depositOperationVectors,
  'operations.json': fileOperationVectors,
  'passkeys.json': passkeyVectors,
  'public-header.json': publicHeaderVectors,
  'trace.json': traceVectors,
  'wrap.json': wrapVectors,
};

export async function vectorText(make: () => Json | Promise<Json>): Promise<string> {
  return `${JSON.stringify(await make(), null, 2)}\n`;
}
