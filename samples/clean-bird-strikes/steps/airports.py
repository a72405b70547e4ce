# Where it happens, and what it costs there. Shares in percent of the reports that say.
airports = (
    strikes.groupby("airport")
    .agg(
        state=("state", "first"),
        strikes=("date", "size"),
        damaging=("damage", lambda damage: 100 * (damage.dropna() > "None").mean()),
        at_night=("daytime", lambda daytime: 100 * (daytime == "Night").mean()),
        knots=("speed", "median"),
        dollars=("cost", "sum"),
    )
    .sort_values("strikes", ascending=False)
    .head(top)
)
airports.round({"damaging": 1, "at_night": 1})
