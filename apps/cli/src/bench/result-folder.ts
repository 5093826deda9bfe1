import { leaderErrors, makeFolders } from "leader-restore/supervision";

/** Makes a folder of results with all above it. Errors: `FILE_NOT_WRITTEN`, which another try may mend where the disk was full. */
export async function makeResultFolder(path: string): Promise<void> {
  await makeFolders(path).catch((cause: unknown) => {
    throw leaderErrors.FILE_NOT_WRITTEN({ file: path, problem: cause instanceof Error ? cause.message : String(cause) }, { cause });
  });
}
