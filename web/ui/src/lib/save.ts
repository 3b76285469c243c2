/** What the server writes as a file. */
export type FileFormat = 'csv' | 'xlsx';

/** Hands a file to the browser, to be saved under this name. */
export function blob_save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
