/*
 * How wide a text is drawn. A canvas would know neither tabular figures nor what else the pages' style asks of the font, so an
 * element out of sight is measured.
 */
let ruler: HTMLSpanElement | null = null;

/** In pixels, in the pages' font. */
export function text_width(text: string, size_px: number, weight = 400): number {
  if (!ruler) {
    ruler = document.createElement('span');
    ruler.ariaHidden = 'true';
    ruler.style.cssText = 'position: absolute; left: -9999px; top: 0; visibility: hidden; white-space: pre';
    document.body.append(ruler);
  }
  ruler.style.fontSize = `${size_px}px`;
  ruler.style.fontWeight = String(weight);
  ruler.textContent = text;
  return ruler.getBoundingClientRect().width;
}
