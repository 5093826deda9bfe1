/** The numbers in a text such as `1,5-8`; none if it is no such text. */
export function numbersIn(text: string): readonly number[] {
  const parts = text.split(",").map((part) => /^(\d{1,5})(?:-(\d{1,5}))?$/u.exec(part));
  return parts.some((part) => part === null)
    ? []
    : parts.flatMap((part) => {
        const [first, last] = [Number(part![1]), Number(part![2] ?? part![1])];
        return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
      });
}
