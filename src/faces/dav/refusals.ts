import { unreachable } from '#base/assert.ts';
import type { Fault } from '#base/fault.ts';
import type { Refused } from '#vault/files/types.ts';
import { faultAnswer } from '../fault-status.ts';
import { hrefOf, type Mount } from './paths.ts';
import { DavProblem } from './problem.ts';

interface Asked {
  readonly method: string;
  readonly mount: Mount;
  readonly path: readonly string[];
}

/** The one table from why a vault refused a change to how WebDAV says it. */
export function refusalProblem({ why, path }: Refused, asked: Asked): DavProblem {
  const unchanged = 'Nothing was changed.';
  switch (why) {
    case 'no-such-path':
      return notFound();
    case 'no-such-version':
      return new DavProblem(404, `This file has no such version. ${unchanged}`);
    case 'no-parent':
      // RFC 4918 §9.3.1, §9.7.1, §9.8.5.
      return new DavProblem(409, `The folder it should go into does not exist. ${unchanged} Make the folder first.`);
    case 'not-a-folder':
      return new DavProblem(409, `This is a file, not a folder. ${unchanged}`);
    case 'is-a-folder':
      // RFC 4918 §9.7.2.
      return new DavProblem(405, `This is a folder; only files have content. ${unchanged}`, {
        headers: { allow: folderMethods },
      });
    case 'name-taken':
      // RFC 4918 §9.3.1: MKCOL on something that exists is 405; §10.6: Overwrite F that would overwrite is 412.
      return asked.method === 'MKCOL'
        ? new DavProblem(405, `Something with this name exists already. ${unchanged}`, {
            headers: { allow: folderMethods },
          })
        : new DavProblem(412, `Something with this name exists already and was not to be overwritten. ${unchanged}`);
    case 'bad-name':
      return new DavProblem(
        400,
        `A name must have 1 to 255 bytes and no slash in it. ${unchanged} Choose another one.`,
      );
    case 'is-root':
      return asked.method === 'PUT'
        ? new DavProblem(405, `This is a folder; only files have content. ${unchanged}`, {
            headers: { allow: folderMethods },
          })
        : new DavProblem(403, `The top folder itself cannot be moved, copied or removed. ${unchanged}`);
    case 'under-itself':
      return new DavProblem(403, `A folder cannot go into or over itself. ${unchanged}`);
    case 'same-place':
      // RFC 4918 §9.8.5, §9.9.4.
      return new DavProblem(403, `Source and destination are the same. ${unchanged}`);
    case 'precondition-failed':
      return preconditionFailed(asked.method);
    case 'locked':
      return new DavProblem(
        423,
        `It is locked by another program. ${unchanged} Close it there, or wait until the lock ends.`,
        {
          conditions: lockCondition(asked, path),
        },
      );
    case 'no-such-lock':
      // RFC 4918 §9.11.1.
      return new DavProblem(409, 'There is no such lock here; it may have ended by itself.', {
        conditions: '<d:lock-token-matches-request-uri/>',
      });
    case 'over-quota':
      return overQuota();
    case 'too-large':
      return new DavProblem(413, `This is more than can be done in one step. ${unchanged} Do it in smaller parts.`);
    case 'too-many-files':
      return tooManyFiles();
    case 'wrong-checksum':
      return new DavProblem(
        400,
        `What arrived does not have the checksum that was declared. ${unchanged} Send it again.`,
      );
    case 'wrong-length':
      return new DavProblem(
        400,
        `What arrived does not have the length that was declared. ${unchanged} Send it again.`,
      );
    case 'beyond-history':
      return new DavProblem(404, `That is before the beginning of what is kept. ${unchanged}`);
    case 'content-gone':
      return new DavProblem(410, `That content is beyond what is kept and was let go. ${unchanged}`);
    case 'readers-disagree':
    case 'operations-skipped':
      // No request of this protocol sweeps.
      return new DavProblem(409, `The vault has to be looked at first. ${unchanged}`);
    default:
      return unreachable(why);
  }
}

const folderMethods = 'OPTIONS, GET, HEAD, DELETE, COPY, MOVE, PROPFIND, PROPPATCH, LOCK, UNLOCK';

/** The same for what is not there, what belongs to somebody else, and what this credential does not hold. */
export function notFound(): DavProblem {
  return new DavProblem(404, 'There is nothing at this address.');
}

function tooManyFiles(): DavProblem {
  return new DavProblem(
    507,
    'The vault holds too many files and folders for a copy of a folder. Nothing was changed. Copy single files instead.',
  );
}

export function overQuota(): DavProblem {
  // RFC 4331 §6.
  return new DavProblem(
    507,
    'There is not enough space left for this. Nothing was stored, and nothing that was stored is touched. Make room or ask for more.',
    {
      conditions: '<d:quota-not-exceeded/>',
    },
  );
}

function preconditionFailed(method: string): DavProblem {
  // RFC 4918 §9.10.2, §16: a refresh whose token is not that of a lock here.
  const conditions = method === 'LOCK' ? '<d:lock-token-matches-request-uri/>' : '';
  return new DavProblem(
    412,
    'It is not in the state that was expected any more. Nothing was changed. Look at it again.',
    { conditions },
  );
}

/** RFC 4918 §16: which lock stands in the way. */
function lockCondition(asked: Asked, path: readonly string[] | undefined): string {
  const href = hrefOf(asked.mount, path ?? asked.path, false);
  const name = asked.method === 'LOCK' ? 'no-conflicting-lock' : 'lock-token-submitted';
  return `<d:${name}><d:href>${href}</d:href></d:${name}>`;
}

export function faultProblem(fault: Fault): DavProblem {
  const { status, headers } = faultAnswer(fault);
  return new DavProblem(status, fault.message, { headers });
}
