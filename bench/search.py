"""Full-text search over 200 laws of 80 articles: p95 of a page of results, for rare and for common words."""

import random
import statistics
import time

import district

district.prepare()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from laws import library, search  # noqa: E402
from laws.reading import read_law  # noqa: E402

LAWS, ARTICLES = 200, 80
WORDS = "行政机关 处罚 许可 应当 规定 公民 法人 其他组织 听证 申请 决定 期限 责任 监督 程序 依法 给予 罚款 检查 强制 复议 诉讼 赔偿 信息 公开 安全 应急 管理 部门 人民政府".split()
SIGNS = [chr(0x4E00 + 7 * i) for i in range(900)]  # what else stands in a law: words that a few articles share
QUERIES = ("处罚", "应当", "行政机关 听证", "罚", "人民政府 应急 管理", "复议程序", "决定期限", "无此词语")


class Undone(Exception):
    """Takes everything back."""


def main() -> None:
    chance = random.Random(7)
    now, day = timezone.now(), timezone.localdate()
    try:
        with transaction.atomic():
            for i in range(LAWS):
                lines = [f"# 试验第{i}法", "2020年1月1日 通过", "## 第一章 总则"]
                lines += [
                    f"第{n}条 " + "".join(chance.choices(WORDS, k=12) + chance.choices(SIGNS, k=100)) + "。"
                    for n in range(1, ARTICLES + 1)
                ]
                library.enter(text=read_law("\n\n".join(lines), filename=f"试验第{i}法(2020-01-01).md"), now=now)
            times = []
            for _round in range(12):
                for query in QUERIES:
                    start = time.perf_counter()
                    search.articles(query, day=day).page(0, 20)
                    times.append((time.perf_counter() - start) * 1000)
            times.sort()
            p95 = times[len(times) * 95 // 100]
            print(
                f"{connection.vendor}: {LAWS} laws, {LAWS * ARTICLES} articles: median {statistics.median(times):.0f} ms, p95 {p95:.0f} ms"
            )
            raise Undone
    except Undone:
        pass


main()
