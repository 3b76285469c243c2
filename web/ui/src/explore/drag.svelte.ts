/* The field that is being dragged: a browser tells what is dragged only when it is dropped, and a zone wants to know before. */
class Drag {
  field = $state.raw<{ name: string; measure: boolean } | null>(null);

  start(event: DragEvent, name: string, measure: boolean): void {
    event.dataTransfer?.setData('text/plain', name);
    if (event.dataTransfer) event.dataTransfer.effectAllowed = 'move';
    this.field = { name, measure };
  }
}

export const drag = new Drag();
