//! Every well-typed recorded case of the pure functions, against the core.
//!
//! The core knows no JSON: where a function reads it, the test reads it as JavaScript would and the
//! core does the rest. `parseApiKeyMetadata` is nothing but that reading, so its cases run in
//! JavaScript alone.

use keyrail_core::algebra::{
    ADMIN, CappedPath, Caps, Grant, Number, SpendRow, Standing, ancestor_ends, child_path, clamp_child_grant,
    credit_limit, disabled_ancestor, effective_caps, end_at, escape_like, expired_ancestor, has_scope, in_subtree,
    invalid_scopes, path_depth, permission, pooled_headroom, rate_share_percent, scope_of_permission,
    subtree_like_pattern, top_capped_path,
};
use keyrail_core::duration::expiry_ms;
use keyrail_core::keys::WORLDMONITOR;
use keyrail_vectors::{Case, Differences, Recorded, read_cases};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// Checks a file's cases; `ask` answers one, or says with `None` that it is not for Rust.
fn check(file: &str, ask: impl Fn(&Value) -> Option<Recorded>) {
    let mut differences = Differences::read().expect("a table");
    let mut asked = 0;
    for case in read_cases(file).expect("cases").iter().filter(|case| !case.is_untyped()) {
        let Some(ours) = ask(&case.input) else { continue };
        asked += 1;
        let mut listed = || class(case, &ours).is_some_and(|class| differences.allow(file, class));
        assert!(same(&ours, &case.recorded) || listed(), "{}: {:?} recorded, {ours:?} ours", case.name, case.recorded);
    }
    assert!(asked > 10, "{file}: {asked} cases");
    assert_eq!(differences.stale(file), Vec::<String>::new());
}

/// The class of a difference, as `difference-classes.mjs` has it.
fn class(case: &Case, ours: &Recorded) -> Option<&'static str> {
    match (&case.recorded, ours) {
        (Recorded::Value(recorded), Recorded::Error(_)) if recorded["$date"] == "Invalid Date" => Some("no-such-date"),
        (Recorded::Value(recorded), Recorded::Value(ours)) if ours["remaining"].is_number() => {
            let near = |name: &str| {
                let (recorded, ours) = (number(&recorded[name])?.get(), number(&ours[name])?.get());
                Some((recorded - ours).abs() <= 1e-9 * recorded.abs().max(1.0))
            };
            (same_value(&recorded["limit"], &ours["limit"]) && near("spent")? && near("remaining")?)
                .then_some("exact-sums")
        }
        _ => None,
    }
}

/// Equality with 1 and 1.0 the same number, as in JavaScript.
fn same(left: &Recorded, right: &Recorded) -> bool {
    match (left, right) {
        (Recorded::Value(left), Recorded::Value(right)) => same_value(left, right),
        _ => left == right,
    }
}

fn same_value(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_value(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| same_value(left, right)))
        }
        _ => left == right,
    }
}

fn number(value: &Value) -> Option<Number> {
    value.as_f64().and_then(Number::new)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn units(value: &Value) -> Vec<u16> {
    text(value).encode_utf16().collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn texts(value: &Value) -> Vec<&str> {
    list(value).iter().map(text).collect()
}

fn string(units: impl IntoIterator<Item = u16>) -> String {
    String::from_utf16(&units.into_iter().collect::<Vec<_>>()).expect("well-formed")
}

fn answered(value: Value) -> Option<Recorded> {
    Some(Recorded::Value(value))
}

fn caps(value: &Value, [limit, share, expiry]: [&str; 3]) -> Caps {
    Caps {
        credit_limit: number(&value[limit]),
        rate_share_percent: number(&value[share]),
        expires_at_ms: number(&value[expiry]),
    }
}

fn granted(caps: Caps, scopes: &[&str]) -> Value {
    let bound = |bound: Option<Number>| bound.map(Number::get);
    json!({
        "scopes": scopes,
        "creditLimit": bound(caps.credit_limit),
        "rateLimitSharePct": bound(caps.rate_share_percent),
        "expiresAt": bound(caps.expires_at_ms),
    })
}

#[test]
fn effective_caps_as_recorded() {
    check("effectiveCaps", |input| {
        let own = ["ownCreditLimit", "ownRateSharePct", "ownExpiresAt"];
        let held: Vec<_> = list(&input["chain"]).iter().map(|node| (texts(&node["scopes"]), caps(node, own))).collect();
        let mut scopes = Vec::new();
        let caps = effective_caps(held.iter().map(|(scopes, caps)| Grant { scopes, caps: *caps }), &mut scopes);
        answered(granted(caps, &scopes))
    });
}

#[test]
fn clamp_child_grant_as_recorded() {
    check("clampChildGrant", |input| {
        let names = ["creditLimit", "rateLimitSharePct", "expiresAt"];
        let [parent, requested] =
            ["parent", "requested"].map(|role| (texts(&input[role]["scopes"]), caps(&input[role], names)));
        let [parent, requested] =
            [&parent, &requested].map(|(scopes, caps)| Grant { scopes: scopes.as_slice(), caps: *caps });
        let mut scopes = Vec::new();
        let caps = clamp_child_grant(parent, requested, &mut scopes);
        answered(granted(caps, &scopes))
    });
}

fn standings(input: &Value) -> impl Iterator<Item = Standing> + '_ {
    list(&input["chain"]).iter().map(|node| Standing {
        is_caller: node["keyId"] == input["callerKeyId"],
        expires_at_ms: number(&node["ownExpiresAt"]),
        disabled: node["disabled"] == true,
    })
}

#[test]
fn expired_ancestor_as_recorded() {
    check("expiredAncestor", |input| answered(json!(expired_ancestor(standings(input), input["now"].as_f64()?))));
}

#[test]
fn disabled_ancestor_as_recorded() {
    check("disabledAncestor", |input| answered(json!(disabled_ancestor(standings(input)))));
}

#[test]
fn headroom_as_recorded() {
    check("pooledHeadroom", |input| {
        let paths: Vec<_> = list(&input["chain"]).iter().map(|node| units(&node["path"])).collect();
        let limits = list(&input["chain"]).iter().map(|node| number(&node["ownCreditLimit"]));
        let chain: Vec<_> =
            paths.iter().zip(limits).map(|(path, credit_limit)| CappedPath { path, credit_limit }).collect();
        let rows: Vec<_> =
            list(&input["spendRows"]).iter().map(|row| (units(&row["path"]), number(&row["spent"]))).collect();
        let rows = rows.iter().filter_map(|(path, spent)| Some(SpendRow { path, spent: (*spent)? }));
        let least = pooled_headroom(&chain, rows);
        answered(least.map_or(
            Value::Null,
            |least| json!({ "limit": least.limit, "spent": least.spent, "remaining": least.remaining }),
        ))
    });
}

#[test]
fn top_capped_path_as_recorded() {
    check("topCappedPath", |input| {
        let nodes = list(&input["chain"]);
        let paths: Vec<_> = nodes.iter().map(|node| units(&node["path"])).collect();
        let limits = nodes.iter().map(|node| number(&node["ownCreditLimit"]));
        let chain: Vec<_> =
            paths.iter().zip(limits).map(|(path, credit_limit)| CappedPath { path, credit_limit }).collect();
        answered(top_capped_path(&chain).map_or(Value::Null, |index| nodes[index]["path"].clone()))
    });
}

#[test]
fn paths_as_recorded() {
    check("inSubtree", |input| {
        answered(json!(in_subtree(text(&input["path"]).as_bytes(), text(&input["candidate"]).as_bytes())))
    });
    check("pathDepth", |input| answered(json!(path_depth(&units(&input["path"])))));
    check("pathAt", |input| {
        let path = text(&input["path"]);
        answered(json!(path[..end_at(path.as_bytes(), input["i"].as_f64()?)]))
    });
    check("ancestorIdsOf", |input| {
        let path = text(&input["path"]);
        answered(ancestor_ends(path.as_bytes()).map(|(start, end)| json!(path[start..end])).collect())
    });
    check("childPath", |input| {
        answered(json!(string(child_path(&units(&input["parentPath"]), &units(&input["childId"])))))
    });
}

#[test]
fn like_patterns_as_recorded() {
    check("escapeLike", |input| answered(json!(string(escape_like(&units(&input["s"]))))));
    check("subtreeLikePattern", |input| answered(json!(string(subtree_like_pattern(&units(&input["path"]))))));
}

#[test]
fn scopes_as_recorded() {
    check("hasScope", |input| {
        let held = input["result"]["scopes"].as_array().map(|scopes| scopes.iter().map(text));
        answered(json!(has_scope(held, text(&input["scope"]), ADMIN)))
    });
    check("validateScopes", |input| {
        let known = input["validScopes"].is_array().then(|| texts(&input["validScopes"]));
        let scopes = texts(&input["scopes"]);
        let invalid: Vec<_> =
            invalid_scopes(known.as_deref(), scopes.iter().copied()).map(|index| scopes[index]).collect();
        answered(if invalid.is_empty() {
            json!({ "valid": true })
        } else {
            json!({ "valid": false, "invalid": invalid })
        })
    });
}

#[test]
fn permissions_as_recorded() {
    check("permissionsToScopes", |input| {
        let resources = input["perms"].as_object();
        let scopes = resources.into_iter().flatten().flat_map(|(resource, actions)| {
            let resource: Vec<u16> = resource.encode_utf16().collect();
            list(actions).iter().map(move |action| string(scope_of_permission(&resource, &units(action))))
        });
        answered(scopes.map(Value::from).collect())
    });
    check("scopesToPermissions", |input| {
        let mut permissions = Map::new();
        for scope in texts(&input["scopes"]) {
            let Some((resource, action)) = permission(scope.as_bytes()) else { continue };
            let [resource, action] = [resource, action].map(|part| String::from_utf8_lossy(part).into_owned());
            // Names that every JavaScript object has are refused where the object is made.
            if ["__proto__", "constructor", "toString"].contains(&resource.as_str()) {
                return None;
            }
            permissions.entry(resource).or_insert_with(|| json!([])).as_array_mut()?.push(action.into());
        }
        answered(permissions.into())
    });
}

/// The place of a property of a JavaScript object: array indices come first, in their order.
fn place(name: &str) -> (bool, u32) {
    let index = name.parse::<u32>().ok().filter(|index| *index != u32::MAX && index.to_string() == name);
    (index.is_none(), index.unwrap_or_default())
}

#[test]
fn parsed_scopes_as_recorded() {
    check("parseScopes", |input| {
        let parsed: Value =
            input["permissions"].as_str().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let mut resources: Vec<(String, Value)> = match parsed {
            Value::Object(resources) => resources.into_iter().filter(|(name, _)| name != "__proto__").collect(),
            // An array is an object whose keys are its indices.
            Value::Array(items) => {
                items.into_iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
            }
            _ => Vec::new(),
        };
        resources.sort_by_key(|(name, _)| place(name));
        let scopes = resources.iter().flat_map(|(resource, actions)| {
            let resource: Vec<u16> = resource.encode_utf16().collect();
            let actions = actions.as_array().into_iter().flatten().filter(|action| action.is_string());
            actions.map(move |action| string(scope_of_permission(&resource, &units(action)))).collect::<Vec<_>>()
        });
        answered(scopes.map(Value::from).collect())
    });
}

#[test]
fn metadata_as_recorded() {
    check("parseKeyMeta", |input| {
        let json = input["metadata"].as_str().unwrap_or_default();
        let metadata: Value = match serde_json::from_str(json) {
            // A number beyond all doubles is an infinity in JavaScript and refused by this reader.
            Err(error) if error.to_string().starts_with("number out of range") => return None,
            parsed => parsed.unwrap_or_default(),
        };
        let coerced = |name: &str| metadata.get(name).map_or(f64::NAN, coerced_to_number);
        let (limit, share) = (coerced("creditLimit"), coerced("rateLimitSharePct"));
        answered(json!({ "creditLimit": credit_limit(limit), "rateLimitSharePct": rate_share_percent(share) }))
    });
}

/// `Number(value)` of JavaScript, for what JSON can hold.
fn coerced_to_number(value: &Value) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Bool(flag) => f64::from(u8::from(*flag)),
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN),
        Value::String(text) => number_of_text(text),
        // An array is its text: nothing for none or a null, that of the only one, and no number with a comma.
        Value::Array(items) => match items.as_slice() {
            [] | [Value::Null] => 0.0,
            [Value::Bool(_)] => f64::NAN,
            [only] => coerced_to_number(only),
            _ => f64::NAN,
        },
        Value::Object(_) => f64::NAN,
    }
}

/// A text as `Number()` reads it.
fn number_of_text(text: &str) -> f64 {
    let text = text.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}');
    let radix = |prefix: [&str; 2], radix| {
        let digits = prefix.iter().find_map(|prefix| text.strip_prefix(prefix))?;
        Some(u64::from_str_radix(digits, radix).map_or(f64::NAN, |number| number as f64))
    };
    if text.is_empty() {
        return 0.0;
    }
    if let Some(number) = radix(["0x", "0X"], 16).or(radix(["0o", "0O"], 8)).or(radix(["0b", "0B"], 2)) {
        return number;
    }
    let is_decimal = text.chars().all(|character| character.is_ascii_digit() || "+-.eE".contains(character));
    match text {
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        _ if is_decimal => text.parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

/// A date as JavaScript prints it.
fn iso(instant_ms: i64) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    let date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(instant_ms) * 1_000_000).expect("a date");
    date.format(format).expect("a text")
}

#[test]
fn durations_as_recorded() {
    check("expiryFromDuration", |input| {
        let now = OffsetDateTime::parse(text(&input["now"]), &Rfc3339).expect("a date");
        let now_ms = (now.unix_timestamp_nanos() / 1_000_000).try_into().expect("in range");
        let duration = text(&input["dur"]);
        if duration.is_empty() {
            return answered(Value::Null);
        }
        Some(match expiry_ms(now_ms, &units(&input["dur"])) {
            Ok(expiry) => Recorded::Value(json!({ "$date": iso(expiry) })),
            Err(_) => Recorded::Error(format!("Invalid duration: {duration}")),
        })
    });
}

#[test]
fn canonical_keys_as_recorded() {
    check("wm_isCanonicalUserApiKey", |input| answered(json!(WORLDMONITOR.parse(text(&input["key"])).is_ok())));
}
