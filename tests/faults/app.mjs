// One application process: an Express app over a place. Its first argument says which, as JSON.
const { place, clockAheadMs = 0 } = JSON.parse(process.argv[2]);

// Before keyrail is loaded: its clock is the system's, which is wrong here.
if (clockAheadMs !== 0) {
  const systemNow = Date.now;
  Date.now = () => systemNow() + clockAheadMs;
}

const { default: express } = await import("express5");
const { AgentKey } = await import("keyrail");
const { agentKeyMiddleware } = await import("keyrail/express");
const { openStore } = await import("./engines.mjs");

const { store } = await openStore(place);
const notices = [];
const ak = new AgentKey({ store, onEvent: ({ code }) => notices.push(code) });
const app = express();
app.set("env", "test");

/** Answers with what a method gives; what it throws is a 500 with its code. */
const answers = (act) => async (req, res) => {
  try {
    const { key, ...options } = req.body;
    res.json(await act(key, options));
  } catch (fault) {
    res.status(500).json({ code: fault.code, message: fault.message });
  }
};

app.use(express.json());
app.post(
  "/charge",
  answers((key, options) => ak.trackUsage(key, options)),
);
app.post(
  "/reserve",
  answers((key, options) => ak.reserve(key, options)),
);
app.post(
  "/settle",
  answers((hold, options) => ak.settle(hold, options)),
);
app.post(
  "/release",
  answers((hold) => ak.release(hold)),
);
app.post(
  "/validate",
  answers((key) => ak.validate(key)),
);
app.post(
  "/budgets",
  answers((key) => ak.budgets({ key })),
);
app.post(
  "/notices",
  answers(async () => ({ notices, now: ak.now() })),
);
app.post("/work", agentKeyMiddleware(ak, { reserve: 1, ttl: "1s" }), async (req, res) => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  await req.agentKeyHold.settle(req.body.costCents);
  res.json({ hold: req.agentKeyHold.id });
});

const server = app.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
process.on("disconnect", () => process.exit());
