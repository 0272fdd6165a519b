import { z } from 'zod';
import { concat, utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { imagePath } from './access.ts';
import { type Pinned, pinnedRequest } from './pinned-request.ts';
import { reasonOf, ubusCall } from './ubus.ts';

/** cgi-io `main.c`: what `response` prints; always a 200. */
const uploadAnswer = z.union([
  z.object({ sha256sum: z.string().max(64) }),
  z.object({ failure: z.array(z.unknown()), message: z.string().max(1000).default('') }),
]);
/** base-files `validate_firmware_image`. */
const validation = z.object({ valid: z.boolean() });

/** Brings an image into the router's memory and lets it look; undefined when it is there, whole and meant for it. */
export async function stageImage(
  pinned: Pinned,
  session: string,
  image: Uint8Array,
  sha256: string,
): Promise<string | undefined> {
  // The length makes it a line that no image holds by chance.
  const boundary = `coffre-${sha256}`;
  const part = (name: string, value: string): string =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  // cgi-io asks for the session and the name before the data.
  const head = `${part('sessionid', session)}${part('filename', imagePath)}--${boundary}\r\ncontent-disposition: form-data; name="filedata"; filename="image"\r\n\r\n`;
  const body = concat(utf8(head), image, utf8(`\r\n--${boundary}--\r\n`));
  const type = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  const answer = await pinnedRequest(pinned, '/cgi-bin/cgi-upload', type, body);
  const parsed = uploadAnswer.safeParse(parsedJson(answer.body));
  if (!parsed.success) return `it took no file (${answer.status})`;
  if ('failure' in parsed.data) return parsed.data.message;
  if (parsed.data.sha256sum !== sha256) return 'the file arrived damaged';
  const looked = await ubusCall(pinned, session, 'system', 'validate_firmware_image', { path: imagePath });
  if (looked.kind !== 'ok') return reasonOf(looked);
  return validation.safeParse(looked.data).data?.valid === true
    ? undefined
    : 'the router says that the image is not for it';
}

/** From here on the router writes the image, keeps its settings, and restarts. It may not come to an answer any more. */
export async function startUpgrade(pinned: Pinned, session: string): Promise<string | undefined> {
  try {
    const answer = await ubusCall(pinned, session, 'file', 'exec', {
      command: '/sbin/sysupgrade',
      params: [imagePath],
    });
    return answer.kind === 'ok' ? undefined : reasonOf(answer);
  } catch (error) {
    if (isFault(error, 'unavailable')) return undefined;
    throw error;
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
