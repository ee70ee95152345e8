// The instance's key pair, with which it signs the JWTs of machines.
import { createSign, generateKeyPairSync } from "node:crypto";

/** By the protected header `cat` Clerk tells the kinds of JWT of one instance apart. */
export const CATEGORIES = { m2m: "cl_B7d4PD333AAA", session: "cl_B7d4PD111AAA", template: "cl_B7d4PD222AAA" };

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A key pair with everything that an instance publishes of it. */
export class SigningKey {
  #made;
  #kid;

  constructor(kid) {
    this.#kid = kid;
  }

  /** Made when it is first needed: it takes a good part of a second, and few tests sign anything. */
  get #pair() {
    this.#made ??= generateKeyPairSync("rsa", { modulusLength: 2048 });
    return this.#made;
  }

  /** A JWT; `header` and `payload` may say anything, as a forger's would. */
  sign(payload, header = {}) {
    const full = { alg: "RS256", kid: this.#kid, typ: "JWT", cat: CATEGORIES.m2m, ...header };
    const signed = `${encoded(full)}.${encoded(payload)}`;
    const signature = createSign("RSA-SHA256").update(signed).sign(this.#pair.privateKey, "base64url");
    return `${signed}.${signature}`;
  }

  /** The public key as `CLERK_JWT_KEY` holds it. */
  get pem() {
    return this.#pair.publicKey.export({ type: "spki", format: "pem" });
  }

  /** The answer of `/v1/jwks`. */
  get jwks() {
    return { keys: [{ ...this.#pair.publicKey.export({ format: "jwk" }), use: "sig", kid: this.#kid, alg: "RS256" }] };
  }
}
