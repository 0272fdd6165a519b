import type { Instance } from '#accounts/instance.ts';
import type { LinkVisits } from '#accounts/link-visits.ts';
import type { Unlocked } from '#accounts/proofs.ts';
import type { Throttle } from '#accounts/throttle.ts';
import type { WebSessions } from '#accounts/web-sessions.ts';
import type { Clock, Randomness } from '#base/clock.ts';
import type { AccountId, CredentialId, NodeId, VaultId } from '#base/ids.ts';
import type { VaultKind } from '#format/instance-operations.ts';
import type { IncidentKind } from '#rights/incidents.ts';
import type { DepositParts } from '#vault/deposit.ts';
import type { VaultPort } from '#vault/files/port.ts';
import type { Gate } from '../content/gate.ts';
import type { Leaving } from '../content/leaving.ts';
import type { Challenges } from './challenges.ts';
import type { MassDeletion, OperatorAccount, ReaperState } from './contract/operator.ts';
import type { Maintenance } from './contract/sign-in.ts';
import type { CopiesPart } from './copies-part.ts';
import type { FileTicket } from './endpoints/content.ts';
import type { SharedTicket } from './endpoints/shared.ts';
import type { OwnerLosses } from './owner-losses.ts';
import type { Receiving } from './receiving.ts';
import type { Tickets } from './tickets.ts';

/** One access or attempt. */
interface ApiAccess {
  readonly account: AccountId | undefined;
  readonly credential: CredentialId | undefined;
  readonly action: string;
  readonly target: string;
  readonly vault: VaultId | undefined;
  readonly node: NodeId | undefined;
  readonly status: number;
  readonly address: string;
}

interface ApiIncident {
  readonly kind: IncidentKind;
  readonly account: string | null;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly times: number;
}

/** What operators may do and see; the face lets nobody else come here. */
export interface OperatorDesk {
  /** A command of the operator's command line. */
  run(
    command: string,
    args: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly kind: 'done'; readonly value: unknown } | { readonly kind: 'refused'; readonly why: string }>;
  accounts(): Promise<readonly OperatorAccount[]>;
  reaper(): Promise<ReaperState>;
  /** Since the start. */
  deletions(): readonly MassDeletion[];
}

/** What the JSON API is made of; the server gives it. */
export interface ApiParts {
  readonly instance: Instance;
  readonly sessions: WebSessions;
  readonly links: LinkVisits;
  readonly sharedTickets: Tickets<SharedTicket>;
  /** Files on their way in through links, and what they are stored with. */
  readonly receiving: Receiving;
  readonly deposits: DepositParts;
  /** How much is stored of a vault that need not be open. */
  storedBytes(vault: VaultId): Promise<number>;
  /** Something came for a vault: when it is open, that takes effect now. */
  received(vault: VaultId): Promise<void>;
  readonly throttle: Throttle;
  readonly challenges: Challenges;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly version: string;
  /** The token of the link that the first start prints; undefined once there is an account. */
  firstRunToken(): string | undefined;
  /** A vault that the proof holds, one of the account's own by its kind; undefined when it does not. */
  files(unlocked: Unlocked, vault: VaultKind | VaultId): VaultPort | undefined;
  /** What was lost in a vault that the proof holds; undefined when it does not. */
  losses(unlocked: Unlocked, kind: VaultKind): OwnerLosses | undefined;
  readonly tickets: Tickets<FileTicket>;
  /** Content on its way out, over all faces. */
  readonly leaving: Leaving;
  /** And in. */
  readonly arriving: Gate;
  /** Vaults that were written to. @returns what ends the listening. */
  onChanged(listener: (vaults: readonly VaultId[]) => void): () => void;
  /** The server ends: long answers must, too. @returns what takes this back. */
  onStop(listener: () => void): () => void;
  /** Changes of accounts run one after the other. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Keys of an account changed, or are about to: everybody proves again, its vaults close. Runs `change` in its turn. */
  withNewKeys<Result>(unlocked: Unlocked, vaults: readonly VaultId[], change: () => Promise<Result>): Promise<Result>;
  readonly copies: CopiesPart;
  /** Whether nothing is written at the moment, to be safe. */
  isReadOnly(): Promise<boolean>;
  /** Whose sessions or answers came near somebody else; for whoever runs the instance. */
  incidents(): Promise<readonly ApiIncident[]>;
  /** What the operator says while nothing is written; null when there is no maintenance. */
  maintenance(): Promise<Maintenance | null>;
  readonly operator: OperatorDesk;
  trace(access: ApiAccess): void;
}
