// The process that parses what people stored. It may read the program's own files and nothing else, knows no key, and is
// ended whenever it takes too long or too much (server/media-process.ts).
import { type ReadRequest, readMedia } from './read-media.ts';

interface Asked {
  readonly call: number;
  readonly request: ReadRequest;
}

process.on('message', ({ call, request }: Asked) => {
  readMedia(request).then(
    (answer) => process.send?.({ call, answer }),
    (error: unknown) => process.send?.({ call, failed: String(error).slice(0, 500) }),
  );
});
// The server ended: nobody needs this one any more.
process.on('disconnect', () => process.kill(process.pid));
process.send?.({ ready: true });
