"""Plausible wrong answers to lesson 24, each with a word its sentence must contain."""

WRONG = {
    1: [
        (
            "def slowest(stages, samples):\n"
            "    import time\n"
            "    spent = dict.fromkeys(stages, 0.0)\n"
            "    for sample in samples:\n"
            "        for name, stage in stages.items():\n"
            "            began = time.perf_counter()\n"
            "            sample = stage(sample)\n"
            "            spent[name] += time.perf_counter() - began\n"
            "    return max(spent, key=spent.get)",
            "first call only",
        ),
        (
            "def slowest(stages, samples):\n"
            "    import time\n"
            "    spent = dict.fromkeys(stages, 0.0)\n"
            "    for sample in list(samples)[1:]:\n"
            "        for name, stage in stages.items():\n"
            "            began = time.perf_counter()\n"
            "            stage(sample)\n"
            "            spent[name] += time.perf_counter() - began\n"
            "    return max(spent, key=spent.get)",
            "the stage before it",
        ),
        ("def slowest(stages, samples): return list(stages)[0]", "many times"),
        ("def slowest(stages, samples): return 0.02", "one of"),
    ],
    2: [
        (
            "def speed_up(waiting, computing, readers=1, devices=1, prefetch=False): return readers * devices",
            "only the waiting",
        ),
        (
            "def speed_up(waiting, computing, readers=1, devices=1, prefetch=False):\n"
            "    return (waiting + computing) / (waiting / readers + computing / devices)",
            "hides the shorter",
        ),
        (
            "def speed_up(waiting, computing, readers=1, devices=1, prefetch=False):\n"
            "    parts = waiting / readers, computing / devices\n"
            "    return (max(parts) if prefetch else sum(parts)) / (waiting + computing)",
            "old time over the new",
        ),
        (
            "def speed_up(waiting, computing, readers=1, devices=1, prefetch=False):\n"
            "    parts = waiting / readers, computing\n"
            "    return (waiting + computing) / (max(parts) if prefetch else sum(parts))",
            "10 devices",
        ),
        (
            "def speed_up(waiting, computing, readers=1, devices=1, prefetch=False):\n"
            "    longer = max(waiting / readers, computing)\n"
            "    return (waiting + computing) / (longer if prefetch else waiting / readers + computing / devices)",
            "2 devices",
        ),
    ],
    3: [
        ("def cached(numbers, decode, augment): return numbers.map(decode).map(augment).cache()", "all alike"),
        ("def cached(numbers, decode, augment): return numbers.map(decode).map(augment)", "decoded once"),
        ("def cached(numbers, decode, augment): return numbers.cache().map(decode).map(augment)", "decoded once"),
        ("def cached(numbers, decode, augment): return numbers.map(decode).cache()", "augment"),
        ("def cached(numbers, decode, augment): return [augment(decode(n)) for n in numbers]", "Dataset"),
    ],
}
