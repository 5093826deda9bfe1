/** What is known of the main picture of a file before anything is decoded. */
export interface MainPicture {
  readonly width: number;
  readonly height: number;
  /** Its number among the pictures of the file. */
  readonly main: number;
}

/**
 * The main one of the pictures that a decoder found. Two versions of one library may count differently what belongs to a picture: so its size
 * is looked at, which takes no decoding. Undefined where none has it.
 */
export function mainOf<P extends object>(pictures: readonly P[], { width, height, main }: MainPicture): P | undefined {
  const fits = (picture: P): boolean => "width" in picture && picture.width === width && "height" in picture && picture.height === height;
  return pictures.slice(main).find(fits) ?? pictures.slice(0, main).find(fits);
}
