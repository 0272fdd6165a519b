import type { NodeInfo } from '#vault/files/types.ts';
import type { Answer } from '../../content/answer.ts';
import { mediaTypeOf } from '../../content/media-types.ts';
import { contentHeaders, represent, wantedWithPlan } from '../../content/represent.ts';
import { checkIfHeader } from '../caller.ts';
import { conditionsOf } from '../conditions.ts';
import type { Exchange } from '../exchange.ts';
import { folderPage } from '../folder-page.ts';
import { checksumText, stableId } from '../live-properties.ts';
import { DavProblem } from '../problem.ts';
import { notFound, refusalProblem } from '../refusals.ts';

/** RFC 9110 §9.3.1, §9.3.2. */
export async function get(exchange: Exchange): Promise<Answer> {
  await checkIfHeader(exchange);
  const plan = await exchange.files.plan(exchange.path, wantedWithPlan(exchange));
  if (plan.kind === 'refused') {
    if (plan.why === 'is-a-folder') return folder(exchange);
    throw refusalProblem(plan, exchange);
  }
  const answer = await represent(exchange, plan, fileHeaders(exchange, plan.info), conditionsOf(exchange));
  if (answer === 'changed')
    throw new DavProblem(412, 'The file is not in the state that was expected any more. Look at it again.');
  if (answer === 'no-such-range') {
    throw new DavProblem(416, `The file has ${plan.info.sizeBytes} bytes; none of those that were asked for.`, {
      headers: { 'content-range': `bytes */${plan.info.sizeBytes}` },
    });
  }
  return answer;
}

async function folder(exchange: Exchange): Promise<Answer> {
  const listing = await exchange.files.list(exchange.path);
  if (listing === undefined) throw notFound();
  return folderPage(exchange, listing);
}

function fileHeaders(exchange: Exchange, info: NodeInfo): Record<string, string> {
  const checksums = info.sums.size === 0 ? undefined : checksumText(info.sums);
  return {
    ...contentHeaders(info),
    'oc-etag': `"${info.etag}"`,
    'oc-fileid': stableId(exchange.files.id, info),
    'content-type': mediaTypeOf(info),
    // Files of people never run as a page of ours, whatever they are.
    'content-disposition': 'attachment',
    'content-security-policy': 'sandbox',
    ...(checksums !== undefined && { 'oc-checksum': checksums }),
  };
}
