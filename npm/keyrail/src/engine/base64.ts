/** Bytes that travel inside a source file. */

/** The bytes that a base64 text stands for; needs nothing but `atob`, which every runtime has. */
export function bytesOfBase64(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}
