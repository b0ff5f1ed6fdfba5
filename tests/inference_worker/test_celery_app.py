from __future__ import annotations

from inference_worker import celery_app
from inference_worker.wire import task

conf = celery_app.app.conf


def test_nothing_but_json_is_read():
    assert set(conf.accept_content) == {"json"}


def test_the_tasks_are_registered_under_the_wires_names():
    celery_app.app.loader.import_default_modules()
    # Shared tasks of the site join every app of the process that these tests share with it.
    tasks = celery_app.app.tasks.items()
    own = [name for name, one in tasks if one.run.__module__.startswith("inference_worker")]
    assert sorted(own) == sorted([task.GENERATE, task.DRAW, task.LIST_MODELS, task.PROBE])


def test_no_result_is_stored_anywhere():
    assert (conf.result_backend, conf.task_ignore_result) == (None, True)


def test_a_worker_holds_no_message_that_it_does_not_work_on():
    assert (conf.task_acks_late, conf.worker_prefetch_multiplier) == (True, 1)


def test_a_dead_connection_is_noticed_within_seconds():
    options = conf.broker_transport_options
    waits = ("socket_timeout", "socket_connect_timeout", "health_check_interval")
    assert [options[name] for name in waits] == [5, 5, 5]


def test_no_message_lies_where_another_worker_could_read_it():
    with celery_app.app.connection() as connection:
        assert isinstance(connection.transport, celery_app.WorkerTransport)
    assert not celery_app.WorkerChannel.ack_emulation


def test_a_message_that_was_taken_is_not_put_back():
    """The site's reaper does that: a worker need not write to its own queue."""
    assert celery_app.WorkerChannel.do_restore is False
    assert celery_app.WorkerChannel._restore(None, None) is None
