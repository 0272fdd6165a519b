import { type MediaFacts, noFacts } from '#format/media-facts.ts';
import { filmHeader } from './mp4.ts';
import { makePictures, type Pictures } from './pictures.ts';
import { photoTags, recordingTags } from './tags.ts';

/** What the process that reads is asked. */
export type ReadRequest =
  | { readonly what: 'photo'; readonly bytes: Uint8Array }
  /** `frame`: a picture of it, as PNG. `bytes`: what there is to know of it; without the content of the tracks. */
  | {
      readonly what: 'video';
      readonly bytes: Uint8Array;
      readonly name: string;
      readonly frame: Uint8Array | undefined;
    };

export interface ReadAnswer {
  readonly facts: Omit<MediaFacts, 'pass'>;
  readonly small: Uint8Array | undefined;
  readonly large: Uint8Array | undefined;
}

export async function readMedia(request: ReadRequest): Promise<ReadAnswer> {
  if (request.what === 'photo') {
    const pictures = await shown(request.bytes);
    const facts = pictures === undefined ? noFacts : { ...noFacts, ...(await photoTags(request.bytes)) };
    return answer(facts, pictures, 'photo');
  }
  const pictures = request.frame === undefined ? undefined : await shown(request.frame);
  const tags = await recordingTags(request.bytes, request.name);
  const film = filmHeader(request.bytes);
  const facts = {
    ...noFacts,
    ...tags,
    durationMs: film.durationMs ?? tags.durationMs,
    width: film.width ?? tags.width,
    height: film.height ?? tags.height,
  };
  return answer(facts, pictures, 'video');
}

function answer(facts: Omit<MediaFacts, 'pass'>, pictures: Pictures | undefined, kind: 'photo' | 'video'): ReadAnswer {
  const isRead = pictures !== undefined || facts.durationMs !== undefined;
  return {
    facts: {
      ...facts,
      kind: isRead ? kind : undefined,
      width: facts.width ?? pictures?.width,
      height: facts.height ?? pictures?.height,
    },
    small: pictures?.small,
    large: pictures?.large,
  };
}

/** What is damaged has no picture; that is no reason to stop. */
async function shown(bytes: Uint8Array): Promise<Pictures | undefined> {
  try {
    return await makePictures(bytes);
  } catch (error) {
    if (error instanceof Error || typeof error === 'string') return undefined;
    throw error;
  }
}
