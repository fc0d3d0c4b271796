"""`python -m radmine.cli` is `radmine`."""

from radmine.cli import main

main()
