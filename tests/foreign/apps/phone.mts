// What a phone's programmer would write on the generated client; it must compile, and run.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.d.ts";

type Session = components["schemas"]["SessionOut"];
declare const process: { argv: string[] };

const [apiUrl, accessToken] = process.argv.slice(2) as [string, string];
const api = createClient<paths>({
  baseUrl: apiUrl,
  headers: { Authorization: `Bearer ${accessToken}` },
});

function check(fine: boolean, what: string): asserts fine {
  if (!fine) throw new Error(what);
}

const nonce = await api.POST("/auth/nonce", {
  params: { header: { "Idempotency-Key": "a-key-of-a-phone-1" } },
});
check(nonce.data !== undefined && nonce.data.expires_in_s === 600, "no nonce");

const me = await api.GET("/me");
check(me.data !== undefined, "not signed in");
const tag = me.response.headers.get("etag");
check(tag !== null, "no tag");
const language: string = me.data.language;

const edited = await api.PATCH("/me", {
  params: { header: { "If-Match": tag } },
  body: { language: language === "nl" ? "de" : "nl" },
});
check(edited.data !== undefined, "not edited");
const late = await api.PATCH("/me", {
  params: { header: { "If-Match": tag } },
  body: { language },
});
check(late.error !== undefined && late.error.code === "changed", "overwritten");

const chosen = await api.PUT("/me/notifications", {
  body: {
    categories: { ...(await api.GET("/me/notifications")).data!.categories, tips: false },
    quiet_hours: { begins: "22:00", ends: "07:00", zone: "Europe/Amsterdam" },
  },
});
check(chosen.data?.categories.tips === false, "not chosen");

const seen: Session[] = [];
let before: string | null = null;
do {
  const page: { data?: components["schemas"]["SessionsOut"] } = await api.GET("/sessions", {
    params: { query: before === null ? { limit: 1 } : { limit: 1, before } },
  });
  check(page.data !== undefined, "no page");
  seen.push(...page.data.sessions);
  before = page.data.next;
} while (before !== null);
check(seen.every((session) => session.hold.minor >= 0), "odd sessions");

const unknown = await api.GET("/codes/{code}", { params: { path: { code: "00000000" } } });
check(unknown.error !== undefined && unknown.error.status === 404, "a problem was no problem");
console.log("the client works");
