/** The framework-free guard: headers in, a decision out, and the hold of one request. */
export {
  type Admission,
  type AdmissionOptions,
  type Admit,
  admission,
  type Decision,
  noticeUnreserved,
} from "./admit.js";
export { authorizationFields, readBearer } from "./bearer.js";
export { type Denial, invalidToken, missing, providerDown, unavailable } from "./denial.js";
export { type Caller, type Door, isDenial, keyDoor } from "./door.js";
export { endOnce } from "./end-once.js";
export {
  type AdmittedKey,
  canSettle,
  faultText,
  type GuardedKeys,
  type GuardedRows,
  type HoldingRows,
  type RefusedKey,
  timeOf,
} from "./guarded-keys.js";
export { type Ending, HoldKeeper, type RequestHold } from "./request-hold.js";
export { endingOf, type Unsettled } from "./unsettled.js";
export type { Background } from "./web-answer.js";
export { type Admitted, type AdmittedWithHold, type WebGuardOptions, webGuard } from "./web-guard.js";
