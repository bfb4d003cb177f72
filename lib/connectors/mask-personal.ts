/**
 * Reasons are logged and shown, and vendors repeat in them what we sent: no address, number, hash or token may be
 * left in one.
 */

const SENSITIVE = /[\w.+-]+@[\w.-]+|\b[0-9a-f]{32,}\b|\bEA[A-Za-z0-9]{20,}|\+?\d[\d ()-]{6,}\d/gi;

export function maskPersonal(text: string): string {
  return text.replaceAll(SENSITIVE, '…');
}
