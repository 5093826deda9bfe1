export { checkAddress } from "./address.js";
export { Dispatcher, type DispatchOptions } from "./dispatcher.js";
export { errors as queueErrors } from "./error-codes.js";
export { TaskRefused, TaskReturned, type Task, type TaskContext, type TaskEnd, type TaskFunction } from "./task.js";
export { TaskWorker, type WorkerOptions } from "./worker.js";
