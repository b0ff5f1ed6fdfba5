"""What an arena tells Prometheus: ``process`` counts, ``stores`` asks when somebody reads.

No label holds a prompt, a voter, a battle's number or a path; models' slugs are for operators, who
alone have the token (invariant 1).
"""
