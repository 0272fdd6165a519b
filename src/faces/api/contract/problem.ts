/** RFC 9457, as every refusal of the API is written. `code` is for programs, `detail` for people. */
export interface ProblemBody {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly instance: string;
}
