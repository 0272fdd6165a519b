import type { CredentialId } from '../../base/ids.ts';
import type { Meta } from './port.ts';
import type { Path, Refused, WriteResult } from './types.ts';
import type { DeclaredSum } from './upload.ts';

export interface UploadTarget {
  readonly folder: Path;
  readonly name: string;
  readonly sizeBytes: number;
  readonly meta: Meta;
  readonly declared: readonly DeclaredSum[];
  /** `number`: nothing that is there is touched, `photo (2).jpg`; `version`: the owner said to replace it. */
  readonly ifTaken: 'number' | 'version';
}

export type BegunUpload = { readonly kind: 'begun'; readonly id: string } | Refused;

export interface UnfinishedUpload {
  readonly id: string;
  /** Where it goes; undefined when that folder is gone. */
  readonly folder: Path | undefined;
  readonly name: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number | undefined;
  /** All before it is durable. */
  readonly offset: number;
  readonly begunMs: number;
}

export type AddedToUpload = 'stored' | 'over-quota' | 'out-of-place' | 'no-such-upload';

/** Uploads that outlive a connection and a restart; each goes on at the offset that was kept last. */
export interface UnfinishedPort {
  beginUpload(target: UploadTarget): Promise<BegunUpload>;
  unfinishedUploads(): Promise<readonly UnfinishedUpload[]>;
  unfinishedUpload(id: string): Promise<UnfinishedUpload | undefined>;
  /** The next piece: 4 MiB, only the last one of the file shorter. */
  addToUpload(id: string, offset: number, bytes: Uint8Array): Promise<AddedToUpload>;
  /** Makes durable what was added; the offset from which on it goes on. Undefined when there is no such upload. */
  keepUpload(id: string): Promise<number | undefined>;
  /** The file appears, whole; nothing that is there is replaced unless the upload said so. */
  finishUpload(by: CredentialId, id: string): Promise<WriteResult>;
  dropUpload(id: string): Promise<void>;
}
