# SPDX-License-Identifier: GPL-3.0-or-later
"""A data set in the shape of MovieLens 25M, as large as wanted."""
import random

ITEMS = 62_000


def make_files(folder, wanted):
    """Writes movies.csv and ratings.csv with so many rows into a folder; the same bytes each time. Returns the number of rows."""
    draw = random.Random(0)
    with open(folder / "movies.csv", "w") as out:
        out.write("movieId,title,genres\n")
        for item in range(1, ITEMS + 1):
            out.write(f'{3 * item},"Film {item}, The ({1930 + item % 90})",Drama|{("Comedy", "Crime", "War")[item % 3]}\n')
    # A long tail: items by a Pareto rank; a pool of draws is cut into users, which is quicker than a draw for each row.
    pool = [3 * (1 + int(ITEMS * draw.random() ** 3) % ITEMS) for _ in range(1 << 20)]
    rows = 0
    with open(folder / "ratings.csv", "w") as out:
        out.write("userId,movieId,rating,timestamp\n")
        user = 0
        while rows < wanted:
            user += 1
            count = min(20 + int(draw.expovariate(1 / 134)), wanted - rows)
            begin = draw.randrange(len(pool) - count) if count < len(pool) else 0
            items = sorted(set(pool[begin:begin + count]))
            start = 820_000_000 + draw.randrange(750_000_000)
            times = [start + 37 * ((n * 7919) % len(items)) for n in range(len(items))]
            out.write("".join(f"{user},{item},{(1 + item * user % 10) / 2},{t}\n" for item, t in zip(items, times)))
            rows += len(items)
    return rows
