// Keeps values for the app while this page is open, each for its origin (LTI Client Side postMessages 1.0).
const app = new URL(document.currentScript.dataset.app).origin;
const kept = new Map();
window.addEventListener("message", (event) => {
  const { subject, message_id, key, value } = event.data ?? {};
  if (event.origin !== app || !["lti.put_data", "lti.get_data"].includes(subject)) return;
  if (subject === "lti.put_data") kept.set(key, value);
  const answer = { subject: `${subject}.response`, message_id, key, value: kept.get(key) ?? null };
  event.source.postMessage(answer, event.origin);
});
