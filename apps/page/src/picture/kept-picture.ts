/** The picture that was sent last, kept by this browser so that a reload finds it beside its result: the service gives no picture back. */

const store = "pictures";

/** A request to the browser's database as a promise. */
const answered = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("the browser keeps nothing")));
  });

/** Does something with the store; undefined where this browser has none, as in some private windows. */
async function inStore<T>(act: (pictures: IDBObjectStore) => Promise<T>): Promise<T | undefined> {
  try {
    const opening = indexedDB.open("leader", 1);
    opening.addEventListener("upgradeneeded", () => void opening.result.createObjectStore(store));
    const database = await answered(opening);
    try {
      return await act(database.transaction(store, "readwrite").objectStore(store));
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

/** Keeps a picture beside the id of its restoration, in place of any other. */
export const keepPicture = (id: string, file: File): Promise<unknown> =>
  inStore(async (pictures) => {
    void pictures.clear();
    await answered(pictures.put(file, id));
  });

/** The picture that was kept for a restoration. Without an id, or for another one, nothing is kept any longer. */
export const keptPicture = (id: string | undefined): Promise<File | undefined> =>
  inStore(async (pictures) => {
    const kept: unknown = id === undefined ? undefined : await answered(pictures.get(id));
    if (kept instanceof File) return kept;
    await answered(pictures.clear());
    return undefined;
  });
