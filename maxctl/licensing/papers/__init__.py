"""What an evaluation is written as for people: a report to read, a NOTICE, license texts, a bill of materials.

Every paper is made from the plain document of `reports/license.json`, and is the same bytes for the same document.
"""
