# What must hold before anybody counts these rows.
names = strikes[["operator", "airport", "aircraft"]].fillna("").agg("|".join, axis=1)
cost_sum = strikes["other_cost"] + strikes["repair_cost"]
checks = {
    "no report twice": not strikes.duplicated().any(),
    "all of 2000 and 2001": strikes["date"].dt.year.isin([2000, 2001]).all(),
    "every report has a phase of flight": strikes["phase"].notna().all(),
    "speeds are missing or an aircraft's": strikes["speed"].dropna().between(0, 400).all(),
    "costs are missing or add up": (strikes["cost"] == cost_sum).fillna(True).all(),
    "an airport lies in one state": (strikes.groupby("airport")["state"].nunique() <= 1).all(),
    "no star, no double blank": not names.str.contains(r"\*|  ").any(),
}
for check, holds in checks.items():
    print("ok    " if holds else "BROKEN", check)
assert all(checks.values()), "the clean table is not clean"
