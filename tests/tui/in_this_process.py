"""The model process without a process, for tests of what a pane makes of its answers."""

from gptlab_tui.errors import GPTLabError
from gptlab_tui.serving.desk import Desk
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import pack, unpack
from gptlab_tui.tui.models import ModelAnswer


class InThisProcess:
    """Stands in for the model process: the same answers, through the same lines, at once."""

    def __init__(self, home):
        self.handlers = Desk(home).handlers()
        self.number = 0

    def ask(self, asker, do, **arguments):
        self.number += 1
        self.answer(self.number, asker, do, arguments)
        return self.number

    def answer(self, number, asker, do, arguments):
        """All answers to one request."""
        request = unpack(pack({"id": number, "do": do, **arguments}))
        try:
            answers = [answer for answer in self.handlers[do](Job(number, request)) if answer]
            answers.append({"kind": "done"})
        except GPTLabError as error:
            answers = [{"kind": "failed", "message": error.message, "hint": error.hint}]
        for answer in answers:
            asker.post_message(ModelAnswer(unpack(pack({"id": number, **answer}))))

    def owes(self, number):
        return False

    def cancel(self, number):
        pass

    def close(self):
        pass
