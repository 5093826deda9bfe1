import { useEffect, useState } from "preact/hooks";

/** Files that are dropped anywhere on the page, or pasted into it. @returns whether something is being dragged over it */
export function useDrop(onFile: (file: File) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const take = (event: Event, files: FileList | undefined): void => {
      const file = files?.[0];
      if (file === undefined) return;
      event.preventDefault();
      onFile(file);
    };
    const dragOver = (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes("Files") !== true) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      setOver(false);
      take(event, event.dataTransfer?.files);
    };
    const paste = (event: ClipboardEvent): void => take(event, event.clipboardData?.files);
    addEventListener("dragover", dragOver);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    addEventListener("paste", paste);
    return () => {
      removeEventListener("dragover", dragOver);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
      removeEventListener("paste", paste);
    };
  }, [onFile]);
  return over;
}
