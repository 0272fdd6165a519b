// What the application reads: plain types, which the schemas of the endpoints are held to.

export interface Usage {
  readonly keptBytes: number;
  readonly quotaBytes: number | null;
}
