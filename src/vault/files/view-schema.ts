import { defaultHorizonDays } from '../../format/file-operations.ts';

/** Raised whenever the fold or this schema changes: older checkpoints are then ignored and the journal is folded anew. */
export const foldVersion = 4;

export const here = 0;
export const trashed = 1;
export const ended = 2;

/**
 * `node` is the present, `past` the closed intervals [from_seq, to_seq), `version` what files contained. A folder's
 * `changed` (fork × 2^32 + sequence) rises with anything below it; `size` and `files` sum up what is below it now.
 * `media` is what is known of a content, by its SHA-256; its pictures are pieces. `gone` holds the pieces whose chunks were dropped: `kept_bytes` does not count them.
 */
export const viewSchema: string = `
  CREATE TABLE node(
    id INTEGER PRIMARY KEY, folder INTEGER NOT NULL, parent INTEGER NOT NULL, name TEXT NOT NULL, state INTEGER NOT NULL,
    from_seq INTEGER NOT NULL, version INTEGER, changed INTEGER NOT NULL, size INTEGER NOT NULL, files INTEGER NOT NULL,
    time_ms INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX node_place ON node(parent, name) WHERE state = 0;
  CREATE INDEX node_left ON node(state, from_seq) WHERE state > 0;
  CREATE TABLE past(
    id INTEGER NOT NULL, from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL, folder INTEGER NOT NULL, parent INTEGER NOT NULL,
    name TEXT NOT NULL, state INTEGER NOT NULL, version INTEGER
  );
  CREATE INDEX past_id ON past(id, to_seq);
  CREATE INDEX past_parent ON past(parent, to_seq);
  CREATE TABLE version(
    id INTEGER PRIMARY KEY, size INTEGER NOT NULL, mtime_ms INTEGER NOT NULL, time_ms INTEGER NOT NULL, sha256 BLOB NOT NULL,
    sums TEXT, type TEXT, pieces BLOB NOT NULL
  );
  CREATE TABLE piece(no INTEGER PRIMARY KEY, sum INTEGER NOT NULL, packed BLOB NOT NULL);
  CREATE INDEX piece_sum ON piece(sum);
  CREATE TABLE gone(no INTEGER PRIMARY KEY);
  CREATE TABLE staged(content INTEGER NOT NULL, at INTEGER NOT NULL, pieces BLOB NOT NULL, PRIMARY KEY(content, at)) WITHOUT ROWID;
  CREATE TABLE inbox(sequence INTEGER PRIMARY KEY);
  CREATE TABLE property(node INTEGER NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, xml TEXT NOT NULL,
    PRIMARY KEY(node, namespace, name)) WITHOUT ROWID;
  CREATE TABLE media(
    sum BLOB PRIMARY KEY, pass INTEGER NOT NULL, kind TEXT, taken_ms INTEGER, width INTEGER, height INTEGER, duration_ms INTEGER,
    camera TEXT, latitude INTEGER, longitude INTEGER, small INTEGER, large INTEGER
  ) WITHOUT ROWID;
  CREATE TABLE skipped(sequence INTEGER NOT NULL, at INTEGER NOT NULL, why TEXT NOT NULL, PRIMARY KEY(sequence, at)) WITHOUT ROWID;
  CREATE TABLE total(one INTEGER PRIMARY KEY CHECK(one = 1), kept_bytes INTEGER NOT NULL, fork INTEGER NOT NULL, sequence INTEGER NOT NULL,
    horizon_days INTEGER NOT NULL);
  INSERT INTO total VALUES(1, 0, 1, 0, ${defaultHorizonDays});
  INSERT INTO node VALUES(0, 1, -1, '', 0, 0, NULL, 0, 0, 0, 0);
`;
