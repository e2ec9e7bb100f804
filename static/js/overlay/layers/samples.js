/** Invented viewers and events, for the editor's preview. What they say is of the server (`words.sayings`). */

const VIEWERS = [
  { id: "sample-1", login: "nightlight_88", name: "Nightlight_88", avatar: "", anonymous: false },
  { id: "sample-2", login: "marlowetree", name: "MarloweTree", avatar: "", anonymous: false },
  { id: "sample-3", login: "juno", name: "Juno", avatar: "", anonymous: false },
  { id: "sample-4", login: "fogsignal", name: "FogSignal", avatar: "", anonymous: false },
  { id: "sample-5", login: "teal_otter", name: "teal_otter", avatar: "", anonymous: false },
];
const PLATFORMS = ["twitch", "youtube", "kick", "trovo"];
const BADGES = [[], [{ set: "moderator", id: "1" }], [{ set: "subscriber", id: "3" }], [], [{ set: "vip", id: "1" }]];
const EVENTS = [
  ["follow", "kick", { amount: null, unit: "" }],
  ["tip", "twitch", { amount: 500, unit: "money", currency: "EUR" }],
  ["sub.gift", "twitch", { amount: 5, unit: "subs" }],
  ["cheer", "twitch", { amount: 300, unit: "bits" }],
  ["raid", "trovo", { amount: 42, unit: "viewers" }],
  ["resub", "twitch", { amount: 14, unit: "months" }],
  ["superchat", "youtube", { amount: 1000, unit: "money", currency: "EUR" }],
];
/** Of those that a new overlay shows: with them nobody writes anything. */
const SILENT = new Set(["follow", "sub.gift", "raid"]);
const APART = 20_000; // ms between two of them

const NAME = VIEWERS[0].name;

/** Messages of chat, oldest first, the newest said at `now` (ms). */
export function chat(words, now) {
  return words.sayings.map((text, place) => ({
    seq: place + 1,
    type: "chat.message",
    data: row(place, now - (words.sayings.length - 1 - place) * APART, {
      message: text,
      fragments: [{ type: "text", text }],
      extra: { badges: BADGES[place % BADGES.length] },
    }),
  }));
}

/** Events, oldest first. */
export function events(words, now) {
  return EVENTS.map(([type, platform, facts], place) => ({
    seq: place + 1,
    type,
    data: row(place, now - (EVENTS.length - 1 - place) * APART, {
      ...facts,
      platform,
      message: SILENT.has(type) ? "" : words.sayings[place % words.sayings.length],
    }),
  }));
}

/** What an alert box is given to play for a variation of these kinds, as far as it draws it. */
export function alert(words, kinds) {
  const message = kinds.every((kind) => SILENT.has(kind)) ? "" : words.sayings[0];
  return {
    event: { type: "tip", ...row(0, 0, { message, amount: 500, unit: "money", currency: "EUR" }) },
    variables: {
      name: NAME,
      amount: "€5.00",
      message,
      count: "5",
      months: "14",
      tier: "1",
      platform: "Twitch",
      title: "Hydrate",
      recipient: VIEWERS[1].name,
      viewers: "42",
    },
  };
}

/** Something that plays. */
export const MUSIC = {
  id: "player",
  type: "music.player",
  data: {
    state: "playing",
    progress_ms: 61_000,
    trouble: null,
    item: { kind: "track", title: "Lighthouse", subtitle: "The Fog Signals", image: "", duration_ms: 214_000, link: "" },
  },
};

/** Values for the variables of a text layer. */
export const FACTS = {
  last_follower: NAME,
  last_sub: "MarloweTree",
  last_tip: "Juno",
  last_tip_amount: "€5.00",
  last_cheer: "FogSignal",
  last_cheer_amount: "300",
  last_raid: "teal_otter",
  last_raid_viewers: "42",
  viewers: "128",
  title: "Lighthouse",
  category: "Just Chatting",
};

function row(place, at, facts) {
  return {
    id: `sample-${place}`,
    platform: PLATFORMS[place % PLATFORMS.length],
    origin: "test",
    occurred_at: new Date(at).toISOString(),
    actor: VIEWERS[place % VIEWERS.length],
    amount: null,
    unit: "",
    currency: "",
    message: "",
    fragments: [],
    extra: {},
    ...facts,
  };
}
