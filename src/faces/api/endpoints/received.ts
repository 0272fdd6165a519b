import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Visit } from '#accounts/link-visits.ts';
import { present } from '#base/assert.ts';
import { pieceSizeBytes } from '#format/frame.ts';
import { Deposit } from '#vault/deposit.ts';
import { type Call, type Endpoint, open } from '../endpoint.ts';
import type { ApiParts } from '../parts.ts';
import { ApiProblem, notFound } from '../problem.ts';
import { note, visitOf } from './shared.ts';

/**
 * A link that receives: files are sealed to the vault's public key, and go into the folder when its owner opens the vault the next
 * time. The bearer sees nothing of the vault, not even what is in the folder.
 */
const nothing = z.undefined();

export const receivedEndpoints: readonly Endpoint[] = [
  open({
    method: 'POST',
    path: '/s/:link/uploads',
    summary: 'announce a file to a link that receives',
    body: z.object({
      name: z.string().min(1).max(1024),
      sizeBytes: z.number().int().nonnegative(),
      mtimeMs: z.number().int().nonnegative().max(8.64e15).optional(),
      type: z
        .string()
        .max(255)
        .regex(/^[\w.+-]+\/[\w.+-]+$/)
        .optional(),
    }),
    answer: z.object({ id: z.string(), pieceSizeBytes: z.number() }),
    run: async (call) => {
      const { parts, body } = call;
      const { link } = receiver(call);
      const limit = present(link.grant.limit, 'limit of a link that receives');
      await checkRoom(parts, link.grant.vault, body.sizeBytes);
      const deposit = new Deposit(parts.deposits, link.grant.vault);
      const { name, sizeBytes, mtimeMs, type } = body;
      const file = { name, sizeBytes, mtimeMs, type };
      const before = await parts.instance.received(link.id);
      return { id: parts.receiving.begin(link.id, file, deposit, limit, before), pieceSizeBytes };
    },
  }),
  open({
    method: 'POST',
    path: '/s/:link/uploads/:upload/done',
    summary: 'all pieces of the file were sent',
    answer: nothing,
    run: async (call) => {
      const { parts, params, request } = call;
      const { link } = receiver(call);
      const id = params['upload'] ?? '';
      const { file, deposit, isBusy } = parts.receiving.find(link.id, id);
      if (isBusy || deposit.sizeBytes !== file.sizeBytes)
        throw new ApiProblem(409, 'wrong-length', 'The file is not whole. Send the rest first.');
      // From here on nobody else finishes it.
      parts.receiving.end(id);
      const { vault, node } = link.grant;
      const newest = present(parts.instance.view.vault(vault)?.epochs.at(-1), 'epoch');
      const target = { vault, epoch: newest.epoch, publicKey: newest.inboxPublic };
      const { name, mtimeMs, type } = file;
      await deposit.finish(target, link.id, { place: { parent: node, name }, mtimeMs, type });
      await parts.instance.noteReceived(link.id, file.sizeBytes);
      note(parts, request, link.id, 'link-receive', 200);
      await parts.received(vault);
    },
  }),
];

/** Pieces come as they are, and are no JSON. */
export function addReceiving(scope: FastifyInstance, parts: ApiParts): void {
  void scope.register(async (inner) => {
    inner.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    inner.put('/s/:link/uploads/:upload/:piece', { bodyLimit: pieceSizeBytes }, (request, reply) =>
      piece(parts, request, reply),
    );
  });
}

async function piece(parts: ApiParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  reply.header('cache-control', 'no-store');
  const params = request.params as Readonly<Record<string, string>>;
  const { link } = receiver({ parts, params, request });
  const incoming = parts.receiving.find(link.id, params['upload'] ?? '');
  const number = /^\d{1,4}$/.test(params['piece'] ?? '') ? Number(params['piece']) : -1;
  if (!Buffer.isBuffer(request.body)) throw new ApiProblem(400, 'bad-request', 'A piece is sent as it is.');
  await parts.receiving.add(incoming, number, request.body);
  return reply.code(204).send();
}

/** @throws ApiProblem 401, 404 for a link that does not receive. */
function receiver(call: Pick<Call<unknown, unknown>, 'parts' | 'params' | 'request'>): Visit {
  const visit = visitOf(call);
  if (visit.link.grant.right !== 'receive') throw notFound();
  return visit;
}

/** The vault is closed, so what is stored of it is what counts. @throws ApiProblem 507. */
async function checkRoom(parts: ApiParts, vault: Visit['link']['grant']['vault'], sizeBytes: number): Promise<void> {
  const record = parts.instance.view.vault(vault);
  const quotaBytes = record === undefined ? 0 : parts.instance.view.account(record.account)?.quotaBytes;
  if (quotaBytes === undefined) return;
  if ((await parts.storedBytes(vault)) + sizeBytes > quotaBytes)
    throw new ApiProblem(507, 'over-quota', 'There is not enough space left for this. Nothing was sent.');
}
