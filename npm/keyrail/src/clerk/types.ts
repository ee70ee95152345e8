/** What Clerk says about a credential, and what is asked of its client: its SDK's shapes, without the SDK. */

/** A credential that Clerk vouches for. */
export interface VerifiedCredential {
  /** Clerk's id of the credential, never the credential itself. */
  readonly id: string;
  /** Whom it stands for: a user, an organisation or a machine. */
  readonly subject: string;
  readonly scopes?: readonly string[] | null;
  readonly claims?: Readonly<Record<string, unknown>> | null;
  readonly revoked?: boolean;
  readonly expired?: boolean;
  /** In ms since the epoch; null or nothing for no end. */
  readonly expiration?: number | null;
}

/** An API key of one of Clerk's users or organisations. */
export interface VerifiedApiKey extends VerifiedCredential {
  readonly name?: string;
}

/** A token by which one machine calls another. */
export interface VerifiedM2MToken extends VerifiedCredential {}

/** The part of Clerk's backend client that knows API keys. */
export interface ClerkApiKeyClient {
  readonly apiKeys: { verify(secret: string): Promise<VerifiedApiKey> };
}

/** The part of Clerk's backend client that knows machine-to-machine tokens. */
export interface ClerkM2MClient {
  readonly m2m: { verify(params: { token: string }): Promise<VerifiedM2MToken> };
}

/** Which of Clerk's credentials is due. */
export type CredentialKind = "apiKey" | "m2m";
