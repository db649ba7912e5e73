"""samuel doctor: what is installed, what is missing, what to do."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from samuel.errors import SamuelError

if TYPE_CHECKING:
    from samuel.cli.common import Commands


def add_parser(commands: Commands) -> None:
    """Add the command."""
    help_text = "show what is installed, what is missing and what to do"
    parser = commands.add_parser("doctor", help=help_text, description=help_text.capitalize() + ".")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the findings; raises SamuelError if something that `samuel accompany` needs is missing."""
    from samuel.pipeline.doctor import examine

    findings = examine()
    for finding in findings:
        mark = "ok" if not finding.remedy else "MISSING" if finding.required else "-"
        remedy = f"  -> {finding.remedy}" if finding.remedy else ""
        print(f"{mark:<8}{finding.subject:<18}{finding.state}{remedy}")
    lacking = [finding.subject for finding in findings if finding.required and finding.remedy]
    if lacking:
        raise SamuelError(f"{', '.join(lacking)} must be there to work: do what stands beside each.")
